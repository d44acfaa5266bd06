import { claimEvents } from "../../src/store/claim-events.ts";
import { retryEvents } from "../../src/store/outbox.ts";
import { type SendingRecords, type Settlement, settleEvents } from "../../src/store/settle-events.ts";
import { type OutboxTest, only, openOutboxTest } from "./_outbox.ts";

type Outcome = Settlement["kind"];

let outbox: OutboxTest;
let notTold: unknown[];
beforeAll(async () => {
  outbox = await openOutboxTest();
});
beforeEach(async () => {
  notTold = [];
  await outbox.pool.query("TRUNCATE outbox, order_sagas CASCADE");
});
afterAll(() => outbox.close());

function settle(settlements: readonly Settlement[], sagas: Partial<SendingRecords["sagas"]> = {}): Promise<void> {
  const records: SendingRecords = {
    sagas: { ...outbox.records, ...sagas },
    steps: { "domain.order.OrderCompleted": "SendNotification", "domain.order.OrderFailed": "SendCancellation" },
    timestamp: () => "2026-11-21T12:00:00.000Z",
  };
  return settleEvents(outbox.pool, records, settlements, (_, err) => notTold.push(err));
}

async function claimed() {
  return only(await claimEvents(outbox.pool, "fresh", { limit: 1, claimMs: 60_000 }));
}

const settlementOf = (event: Settlement["event"], kind: Outcome): Settlement => {
  switch (kind) {
    case "sent":
    case "released":
      return { event, kind };
    case "retry":
      return { event, kind, isFault: false, delayMs: 60_000, error: "UNAVAILABLE: nobody there" };
    case "poisoned":
      return { event, kind, reason: "NO_RECIPIENT", error: "FAILED_PRECONDITION: nobody" };
    default:
      return kind satisfies never;
  }
};

/**
 * One process may hold an event twice: its first outcome waits for a database that restarts, and that has lost the claim.
 */
it.each<[Outcome, Outcome]>([
  ["sent", "retry"],
  ["retry", "sent"],
  ["sent", "poisoned"],
  ["poisoned", "sent"],
  ["sent", "released"],
  ["released", "sent"],
])("takes an event that was %s and %s at once for sent, and tells its saga so", async (first, second) => {
  const sagaId = await outbox.put();
  const event = await claimed();
  await settle([settlementOf(event, first), settlementOf(event, second)]);
  expect(await outbox.row(sagaId)).toMatchObject({ sent_at: expect.any(Date), poisoned_at: null, last_error: null });
  expect((await outbox.history(sagaId)).at(-1)).toMatchObject({ step: "SendNotification", status: "Completed" });
  expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toBeUndefined();
});

it("takes what was given up and released at once for given up", async () => {
  const sagaId = await outbox.put();
  const event = await claimed();
  await settle([settlementOf(event, "released"), settlementOf(event, "poisoned")]);
  expect(await outbox.row(sagaId)).toMatchObject({ poisoned_at: expect.any(Date) });
  expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toMatchObject({ status: "Open" });
});

describe("of two relays, after the first one's claim was over,", () => {
  it("the second has sent what the first gave up: it is sent, and the dead letter worked off", async () => {
    const sagaId = await outbox.put();
    const event = await claimed();
    await settle([settlementOf(event, "poisoned")]);
    await settle([settlementOf(event, "sent")]);
    expect(await outbox.row(sagaId)).toMatchObject({ sent_at: expect.any(Date), poisoned_at: null, attempts: 2 });
    expect((await outbox.history(sagaId)).at(-1)).toMatchObject({ status: "Completed", attempt: 2 });
    expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toMatchObject({ status: "WorkedOff" });
  });

  it.each<Outcome>(["retry", "released", "poisoned"])(
    "what was given up stays so where the second has %s",
    async (late) => {
      const sagaId = await outbox.put();
      const event = await claimed();
      await settle([settlementOf(event, "poisoned")]);
      const before = await outbox.row(sagaId);
      await settle([settlementOf(event, late)]);
      expect(await outbox.row(sagaId)).toEqual({ ...before, due_in_ms: expect.any(Number) });
      expect((await outbox.history(sagaId)).at(-1)).toMatchObject({ status: "Exhausted", attempt: 1 });
    },
  );
});

it("leaves of what was released no trace but that anybody may have it", async () => {
  const sagaId = await outbox.put();
  const event = await claimed();
  await settle([settlementOf(event, "released")]);
  expect(await outbox.row(sagaId)).toMatchObject({ attempts: 0, faults: 0, claimed_until: null, last_error: null });
  expect(await outbox.history(sagaId)).toHaveLength(1);
  expect(await claimed()).toEqual(event);
});

it("is due at once, with all its attempts afresh, where an operator asks for it", async () => {
  const sagaId = await outbox.put();
  await outbox.pool.query(
    "UPDATE outbox SET attempts = 9, faults = 9, poisoned_at = now(), due_at = now() + interval '1 hour'",
  );
  expect(await retryEvents(outbox.pool, sagaId)).toBe(true);
  const row = await outbox.row(sagaId);
  expect(row).toMatchObject({ attempts: 9, faults: 0, poisoned_at: null });
  expect(row.due_in_ms).toBeLessThanOrEqual(0);
});

describe("where a saga cannot be told", () => {
  async function settleTwo(code: string) {
    const sagaIds = await outbox.putMany(2);
    const events = await claimEvents(outbox.pool, "fresh", { limit: 2, claimMs: 60_000 });
    const bad = sagaIds[0];
    const recordAfterSteps: SendingRecords["sagas"]["recordAfterSteps"] = (tx, entries) =>
      entries.some(({ sagaId }) => sagaId === bad)
        ? Promise.reject(Object.assign(new Error("no"), { code }))
        : outbox.records.recordAfterSteps(tx, entries);
    const settling = settle(
      events.map((event) => settlementOf(event, "sent")),
      { recordAfterSteps },
    );
    return { sagaIds, settling };
  }

  it.each([
    ["its history is no list", "22023"],
    ["its history is as long as one can be", "54000"],
    ["its row cannot be read", "XX001"],
  ])("because %s, its event is settled alone, and so is every other", async (_, code) => {
    const { sagaIds, settling } = await settleTwo(code);
    await settling;
    for (const sagaId of sagaIds) expect(await outbox.row(sagaId)).toMatchObject({ sent_at: expect.any(Date) });
    expect(notTold).toMatchObject([{ code }]);
    expect((await outbox.history(sagaIds[1] ?? "")).at(-1)).toMatchObject({ status: "Completed" });
  });

  it.each([
    ["the database is restarted", "57P01"],
    ["two stand in each other's way", "40P01"],
    ["a column is missing, as while a new version starts", "42703"],
  ])("because %s, nothing is settled: it is to be repeated", async (_, code) => {
    const { sagaIds, settling } = await settleTwo(code);
    await expect(settling).rejects.toMatchObject({ code });
    for (const sagaId of sagaIds) expect(await outbox.row(sagaId)).toMatchObject({ sent_at: null });
    expect(notTold).toEqual([]);
  });
});
