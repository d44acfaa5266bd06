import { eventually } from "@shop/testkit/eventually";
import { FakeClock } from "@shop/testkit/fake-clock";
import { createOutboxCleaner, type OutboxCleaner } from "../../src/jobs/outbox-cleaner.ts";
import { type OutboxTest, openOutboxTest } from "./_outbox.ts";

const HOUR_MS = 3_600_000;

let outbox: OutboxTest;
let deleted: number[];
let failures: string[];
beforeAll(async () => {
  outbox = await openOutboxTest();
});
beforeEach(async () => {
  deleted = [];
  failures = [];
  await outbox.pool.query("TRUNCATE outbox, order_sagas CASCADE");
});
afterAll(() => outbox.close());

function cleanerWith(clock = new FakeClock()): OutboxCleaner {
  const events = {
    deleted: (count: number) => void deleted.push(count),
    outboxFailed: (operation: string) => void failures.push(operation),
  };
  return createOutboxCleaner({ pool: outbox.pool, keepMs: HOUR_MS, events, clock });
}

/** Puts events into the outbox as if that had been so long ago. */
async function putAged(count: number, age: string, sent: "sent" | "unsent" | "given up"): Promise<void> {
  const sagaIds = await outbox.putMany(count);
  await outbox.pool.query(
    `UPDATE outbox SET event_id = uuidv7(-$2::interval), occurred_at = now() - $2::interval,
                       sent_at = CASE WHEN $3 = 'sent' THEN now() - $2::interval END,
                       poisoned_at = CASE WHEN $3 = 'given up' THEN now() - $2::interval END
      WHERE saga_id = ANY ($1)`,
    [sagaIds, age, sent],
  );
}

async function left(): Promise<number> {
  return (await outbox.pool.query("SELECT FROM outbox")).rows.length;
}

it("deletes what was sent long ago, all of it, and nothing else", async () => {
  await putAged(1200, "61 minutes", "sent");
  await putAged(3, "59 minutes", "sent");
  await putAged(4, "1 year", "unsent");
  await putAged(5, "1 year", "given up");
  await cleanerWith().clean();
  expect(deleted).toEqual([1200]);
  expect(await left()).toBe(12);
});

it("keeps what happened long ago and was sent just now", async () => {
  await putAged(1, "1 year", "sent");
  await outbox.pool.query("UPDATE outbox SET sent_at = now()");
  await cleanerWith().clean();
  expect(await left()).toBe(1);
});

it("cleans every ten minutes until it is closed", async () => {
  const clock = new FakeClock();
  const cleaner = cleanerWith(clock);
  cleaner.start();
  for (let turn = 1; turn <= 2; turn++) {
    await putAged(1, "2 hours", "sent");
    await clock.advance(600_000);
    await eventually(() => deleted.length === turn && clock.pending === 1);
  }
  await cleaner.close();
  expect(clock.pending).toBe(0);
  expect(await left()).toBe(0);
});

it("goes on after a failure", async () => {
  const query = jest.spyOn(outbox.pool, "query").mockRejectedValueOnce(new Error("no database") as never);
  const cleaner = cleanerWith();
  await cleaner.clean();
  expect(failures).toEqual(["clean"]);
  query.mockRestore();
  await putAged(1, "2 hours", "sent");
  await cleaner.clean();
  expect(await left()).toBe(0);
});
