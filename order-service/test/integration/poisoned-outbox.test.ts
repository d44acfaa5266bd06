import { inTransaction, type Queryable } from "@shop/platform/postgres";
import { eventually } from "@shop/testkit/eventually";
import { FakeClock } from "@shop/testkit/fake-clock";
import type { SubscribedEvent } from "../../src/domain/order-event.ts";
import { claimEvents } from "../../src/store/claim-events.ts";
import { away, done, failed, type OutboxTest, openOutboxTest, refused, subscriberThat } from "./_outbox.ts";

jest.setTimeout(90_000);
const patience = { timeoutMs: 60_000, intervalMs: 50 };

const POISON = 100;
const HEALTHY = 2000;
const CALLS_AT_ONCE = 32;

let outbox: OutboxTest;
beforeEach(async () => {
  outbox = await openOutboxTest();
});
afterEach(() => outbox.close());

/** A quarter each of events that are refused, that fail, that find nobody there, and that cannot be read. */
async function putPoison(): Promise<void> {
  const failure = (code: string) =>
    ({ type: "domain.order.OrderFailed", failure: { code, message: "", step: "" } }) as const;
  for (const code of ["refused", "failed", "away"]) await outbox.putMany(POISON / 4, failure(code));
  const unreadable = await outbox.putMany(POISON / 4);
  await outbox.pool.query("UPDATE outbox SET payload = '{}' WHERE saga_id = ANY ($1)", [unreadable]);
}

function answerTo({ failure }: SubscribedEvent) {
  return failure ? { refused, failed, away }[failure.code as "failed"] : done;
}

async function count(where: string): Promise<number> {
  const { rows } = await outbox.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM outbox WHERE ${where}`);
  return rows[0]?.n ?? 0;
}

/** How many claims of fresh events the relays have made, and how many transactions: those are their settlings. */
function countStatements(): { claims: number; settlings: number } {
  const counted = { claims: 0, settlings: 0 };
  const { pool } = outbox;
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  pool.query = ((...args: unknown[]) => {
    if (String(args[0]).includes("attempts = 0 AND")) counted.claims++;
    return query(...args);
  }) as never;
  // With a callback it is the pool itself that connects.
  pool.connect = ((...args: unknown[]) => {
    if (args.length === 0) counted.settlings++;
    return connect(...args);
  }) as never;
  return counted;
}

it("costs the healthy events no call, no claim and no settling of their own", async () => {
  const clock = new FakeClock();
  const subscriber = subscriberThat(answerTo);
  const relay = outbox.start(subscriber, {
    clock,
    callsAtOnce: CALLS_AT_ONCE,
    policy: { maxFaults: 1000, retryDelayMs: 1000 },
  });
  await putPoison();
  relay.wake();
  await eventually(async () => (await count("attempts > 0")) === POISON, patience);
  expect(await count("poisoned_at IS NOT NULL")).toBe(POISON / 2);
  subscriber.heard.length = 0;
  const statements = countStatements();

  await outbox.putMany(HEALTHY);
  relay.wake();
  await eventually(async () => (await count("sent_at IS NOT NULL")) === HEALTHY, patience);
  expect(subscriber.heard).toHaveLength(HEALTHY);
  // As many as there would be without them: each claim is for at least half of the slots, each settling for what gathered.
  const most = HEALTHY / (CALLS_AT_ONCE / 2) + 2;
  expect(statements.claims).toBeLessThanOrEqual(most);
  expect(statements.settlings).toBeLessThanOrEqual(2 * most);

  // What is still tried again has a way of its own, and not often: 50 events, ever later.
  subscriber.heard.length = 0;
  for (let second = 0; second < 3; second++) await clock.advance(1000);
  await eventually(async () => (await count("claimed_until IS NOT NULL AND sent_at IS NULL")) === 0, patience);
  expect(subscriber.heard.length).toBeLessThanOrEqual(2 * (POISON / 2));
});

it("is also what finds nobody there while others are taken: it is given up like any other fault", async () => {
  const clock = new FakeClock();
  const failure = { code: "away", message: "", step: "" };
  const stuck = await outbox.put({ type: "domain.order.OrderFailed", failure });
  const relay = outbox.start(subscriberThat(answerTo), { clock, policy: { maxFaults: 3, retryDelayMs: 1 } });
  // Twice, where the look for what was tried before came late.
  await eventually(async () => (await outbox.row(stuck)).attempts >= 1, patience);
  for (let faults = 1; faults <= 3; faults++) {
    await outbox.put();
    relay.wake();
    await eventually(async () => (await count("sent_at IS NOT NULL")) === faults, patience);
    await eventually(async () => {
      await clock.advance(1000);
      return (await outbox.row(stuck)).faults === faults;
    }, patience);
  }
  expect(await outbox.row(stuck)).toMatchObject({ poisoned_at: expect.any(Date) });
  expect(await outbox.records.deadLetterOf(stuck, "SendCancellation")).toMatchObject({ reason: "UNAVAILABLE" });
});

/** How many rows of the outbox this connection has read: what it has not yet told the server's statistics. */
async function rowsRead(tx: Queryable): Promise<number> {
  const { rows } = await tx.query<{ read: number }>(
    "SELECT (seq_tup_read + idx_tup_fetch)::int AS read FROM pg_stat_xact_user_tables WHERE relname = 'outbox'",
  );
  return rows[0]?.read ?? Number.NaN;
}

it("costs a claim of healthy events not one row to be read", async () => {
  const read = async () => {
    await outbox.pool.query("VACUUM outbox");
    return inTransaction(outbox.pool, async (tx) => {
      // Few rows would be read from end to end without an index.
      await tx.query("SET LOCAL enable_seqscan = off");
      const before = await rowsRead(tx);
      const claimed = await claimEvents(tx, "fresh", { limit: 32, claimMs: 1000 });
      const read = (await rowsRead(tx)) - before;
      await tx.query("UPDATE outbox SET claimed_until = NULL");
      return { claimed: claimed.length, read };
    });
  };
  await outbox.putMany(32);
  const alone = await read();
  await putPoison();
  await outbox.pool.query(`
    UPDATE outbox SET attempts = 1, faults = 1, due_at = now() + interval '1 minute', event_id = uuidv7(interval '-1 day'),
                      poisoned_at = CASE WHEN payload ->> 'failure' IS NULL THEN now() END
     WHERE type = 'domain.order.OrderFailed' OR payload = '{}'`);
  expect(await count("poisoned_at IS NOT NULL")).toBe(POISON / 4);
  expect(alone).toEqual({ claimed: 32, read: expect.any(Number) });
  expect(await read()).toEqual(alone);
});
