import { currentCorrelation } from "@shop/platform/correlation";
import { eventually } from "@shop/testkit/eventually";
import { FakeClock } from "@shop/testkit/fake-clock";
import type { Delivery } from "../../src/clients/notifications-client.ts";
import { retryEvents } from "../../src/store/outbox.ts";
import {
  away,
  done,
  failed,
  type ListeningSubscriber,
  type OutboxTest,
  only,
  openOutboxTest,
  type RunningRelay,
  refused,
  subscriberThat,
} from "./_outbox.ts";

const patience = { timeoutMs: 30_000 };
jest.setTimeout(60_000);

let outbox: OutboxTest;
let relays: RunningRelay[];
beforeAll(async () => {
  outbox = await openOutboxTest();
});
beforeEach(async () => {
  relays = [];
  await outbox.pool.query("TRUNCATE outbox, order_sagas CASCADE");
});
afterEach(() => Promise.all(relays.map((relay) => relay.close(1000))));
afterAll(() => outbox.close());

function start(...args: Parameters<OutboxTest["start"]>): RunningRelay {
  const relay = outbox.start(...args);
  relays.push(relay);
  return relay;
}

async function isSent(sagaId: string): Promise<boolean> {
  return (await outbox.row(sagaId)).sent_at !== null;
}

describe("an event", () => {
  it("is handed over whole, under its order's correlation id, and its saga's history tells so", async () => {
    let correlationId: string | undefined;
    const failure = { code: "OUT_OF_STOCK", message: "Only 3 are left.", step: "ReserveInventory" };
    const subscriber = subscriberThat(() => {
      correlationId = currentCorrelation()?.correlationId;
      return done;
    });
    const sagaId = await outbox.put({ type: "domain.order.OrderFailed", failure });
    start(subscriber);
    await eventually(() => isSent(sagaId), patience);

    const { event_id: eventId } = await outbox.row(sagaId);
    expect(subscriber.heard).toEqual([
      {
        eventId,
        type: "domain.order.OrderFailed",
        orderId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        userId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        totalAmount: { minorUnits: 1299, currency: "USD" },
        occurredAt: expect.any(Date),
        failure,
      },
    ]);
    expect(correlationId).toBe("of-the-order");
    expect((await outbox.history(sagaId)).at(-1)).toEqual({
      step: "SendCancellation",
      status: "Completed",
      message: "",
      attempt: 1,
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("that nobody listens to is done when it is written", async () => {
    const sagaId = await outbox.put({ type: "domain.order.OrderCreated" });
    const subscriber = subscriberThat();
    const completed = await outbox.put();
    start(subscriber);
    await eventually(() => isSent(completed), patience);
    expect(await outbox.row(sagaId)).toMatchObject({ sent_at: expect.any(Date), attempts: 0 });
    expect(subscriber.heard).toHaveLength(1);
    expect(await outbox.history(sagaId)).toHaveLength(1);
  });

  it("is found at once when its commit is told, and by the poll when another process made it", async () => {
    const clock = new FakeClock();
    const subscriber = subscriberThat();
    const relay = start(subscriber, { clock });
    const own = await outbox.put();
    relay.wake();
    await eventually(() => isSent(own), patience);

    const others = await outbox.put();
    await clock.advance(999);
    expect(subscriber.heard).toHaveLength(1);
    await clock.advance(1);
    await eventually(() => isSent(others), patience);
  });

  it("goes out in the order of the events", async () => {
    const sagaIds: string[] = [];
    for (let count = 0; count < 20; count++) sagaIds.push(await outbox.put());
    const subscriber = subscriberThat();
    start(subscriber, { callsAtOnce: 1 });
    await eventually(() => subscriber.heard.length === 20, patience);
    const ids = subscriber.heard.map(({ eventId }) => eventId);
    expect(ids).toEqual([...ids].sort());
  });
});

describe("a call that does not succeed", () => {
  it("is repeated after a delay, told of in the history, and completed in place", async () => {
    const answers: Delivery[] = [failed, away, done];
    const clock = new FakeClock();
    const subscriber = subscriberThat(() => answers.shift() ?? done);
    const sagaId = await outbox.put();
    start(subscriber, { clock, policy: { retryDelayMs: 1000 } });
    await eventually(async () => (await outbox.row(sagaId)).attempts === 1, patience);
    expect(await outbox.row(sagaId)).toMatchObject({ faults: 1, last_error: "INTERNAL: a fault", sent_at: null });
    expect((await outbox.history(sagaId)).at(-1)).toMatchObject({
      step: "SendNotification",
      status: "Running",
      attempt: 1,
      message: "INTERNAL: a fault",
    });
    await eventually(async () => {
      await clock.advance(1000);
      return isSent(sagaId);
    }, patience);
    expect(await outbox.row(sagaId)).toMatchObject({ attempts: 3, faults: 1 });
    expect(await outbox.history(sagaId)).toEqual([
      expect.anything(),
      expect.objectContaining({ step: "SendNotification", status: "Completed", attempt: 3, message: "" }),
    ]);
  });

  it("with a refusal gives the event up at once: out of the queues, with a dead letter", async () => {
    const sagaId = await outbox.put();
    const subscriber = subscriberThat(() => refused);
    const relay = start(subscriber);
    await eventually(async () => (await outbox.row(sagaId)).poisoned_at !== null, patience);
    const { event_id: eventId } = await outbox.row(sagaId);
    const error = "FAILED_PRECONDITION: There is no user any more.";
    expect((await outbox.history(sagaId)).at(-1)).toMatchObject({ status: "Exhausted", attempt: 1, message: error });
    expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toMatchObject({
      status: "Open",
      reason: "NO_RECIPIENT",
      attempts: 1,
      lastError: error,
      request: { eventId, type: "domain.order.OrderCompleted", orderId: expect.any(String) },
    });
    expect(await relay.metric("outbox_poisoned_total")).toBe(1);
    expect(await relay.metric("outbox_unsent")).toBe(0);
    expect(subscriber.heard).toHaveLength(1);
  });

  it("gives the event up after as many faults as are allowed", async () => {
    const clock = new FakeClock();
    const sagaId = await outbox.put();
    const subscriber = subscriberThat(() => failed);
    start(subscriber, { clock, policy: { maxFaults: 4, retryDelayMs: 1 } });
    await eventually(async () => {
      await clock.advance(1000);
      return (await outbox.row(sagaId)).poisoned_at !== null;
    }, patience);
    expect(await outbox.row(sagaId)).toMatchObject({ attempts: 4, faults: 4 });
    expect(subscriber.heard).toHaveLength(4);
    expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toMatchObject({ attempts: 4 });
  });

  it("for want of its receiver never gives the event up", async () => {
    const clock = new FakeClock();
    const sagaId = await outbox.put();
    let isBack = false;
    const subscriber = subscriberThat(() => (isBack ? done : away));
    start(subscriber, { clock, policy: { maxFaults: 1, retryDelayMs: 1, maxAwayDelayMs: 1 } });
    await eventually(async () => {
      await clock.advance(1000);
      return subscriber.heard.length >= 12;
    }, patience);
    expect(await outbox.row(sagaId)).toMatchObject({ faults: 0, poisoned_at: null, sent_at: null });
    isBack = true;
    await eventually(async () => {
      await clock.advance(1000);
      return isSent(sagaId);
    }, patience);
  });

  it("is made again when an operator asks, and its dead letter is worked off", async () => {
    const sagaId = await outbox.put();
    let answer = refused;
    const subscriber = subscriberThat(() => answer);
    start(subscriber, { policy: { maxFaults: 2 } });
    await eventually(async () => (await outbox.row(sagaId)).poisoned_at !== null, patience);
    answer = done;
    expect(await retryEvents(outbox.pool, sagaId)).toBe(true);
    await eventually(() => isSent(sagaId), patience);
    expect((await outbox.history(sagaId)).at(-1)).toMatchObject({ status: "Completed", attempt: 2 });
    expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toMatchObject({ status: "WorkedOff" });
    expect(await retryEvents(outbox.pool, sagaId)).toBe(false);
  });
});

describe("a row that is no event", () => {
  it.each([
    ["an amount that is none", '{"totalAmount": {"amount": "12.999", "currency": "USD"}}'],
    ["no order", '{"orderId": null}'],
  ])("with %s is given up without a call", async (_, change) => {
    const sagaId = await outbox.put();
    await outbox.pool.query("UPDATE outbox SET payload = payload || $2 WHERE saga_id = $1", [sagaId, change]);
    const subscriber = subscriberThat();
    start(subscriber);
    await eventually(async () => (await outbox.row(sagaId)).poisoned_at !== null, patience);
    expect(subscriber.heard).toEqual([]);
    expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toMatchObject({ reason: "UNREADABLE" });
  });

  it("of a saga that does not exist keeps no other from being settled", async () => {
    const [lost = "", ...others] = await outbox.putMany(5);
    await outbox.pool.query("DELETE FROM order_sagas WHERE id = $1", [lost]);
    start(subscriberThat(() => refused));
    const all = [lost, ...others];
    await eventually(async () => {
      const rows = await Promise.all(all.map((sagaId) => outbox.row(sagaId)));
      return rows.every(({ poisoned_at }) => poisoned_at !== null);
    }, patience);
    for (const sagaId of others) {
      expect(await outbox.records.deadLetterOf(sagaId, "SendNotification")).toMatchObject({ status: "Open" });
    }
  });
});

describe("several relays", () => {
  it("share the work: every event is handed over once", async () => {
    const subscribers = [subscriberThat(), subscriberThat(), subscriberThat()];
    await outbox.putMany(300);
    for (const subscriber of subscribers) start(subscriber);
    await eventually(async () => {
      const { rows } = await outbox.pool.query("SELECT FROM outbox WHERE sent_at IS NULL");
      return rows.length === 0;
    }, patience);
    const heard = subscribers.flatMap(({ heard }) => heard.map(({ eventId }) => eventId));
    expect(heard).toHaveLength(300);
    expect(new Set(heard).size).toBe(300);
  });

  it("take over what one that died had claimed, under the same event id, when its claim is over", async () => {
    const sagaId = await outbox.put();
    const called = Promise.withResolvers<void>();
    const dying: ListeningSubscriber = subscriberThat(
      () => {
        called.resolve();
        return new Promise(() => undefined);
      },
      (wanted) => (dying.heard.length === 0 ? wanted : 0),
    );
    start(dying, { claimMs: 500 });
    await called.promise;
    const heir = subscriberThat();
    start(heir);
    await eventually(() => isSent(sagaId), patience);
    expect(only(heir.heard).eventId).toBe(only(dying.heard).eventId);
    expect((await outbox.row(sagaId)).attempts).toBe(1);
  });

  it("hand an event over again where one died between its call and the mark, and the late mark changes nothing", async () => {
    const sagaId = await outbox.put();
    const mayWrite = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const late: ListeningSubscriber = subscriberThat(
      async () => {
        reached.resolve();
        await mayWrite.promise;
        return failed;
      },
      (wanted) => (late.heard.length === 0 ? wanted : 0),
    );
    start(late, { claimMs: 300 });
    await reached.promise;
    const heir = subscriberThat();
    start(heir);
    await eventually(() => isSent(sagaId), patience);
    const sent = await outbox.row(sagaId);
    mayWrite.resolve();
    await relays[0]?.close(5000);
    expect(await outbox.row(sagaId)).toMatchObject({ sent_at: sent.sent_at, attempts: 1, faults: 0, last_error: null });
    expect((await outbox.history(sagaId)).at(-1)).toMatchObject({ status: "Completed", attempt: 1 });
  });
});

describe("a relay that closes", () => {
  it("lets its calls end", async () => {
    const sagaId = await outbox.put();
    const reached = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<Delivery>();
    const relay = start(
      subscriberThat(() => {
        reached.resolve();
        return mayEnd.promise;
      }),
    );
    await reached.promise;
    const closed = relay.close(20_000);
    mayEnd.resolve(done);
    await closed;
    expect(await isSent(sagaId)).toBe(true);
  });

  it("gives up those that do not, and releases their events for others at once", async () => {
    const sagaId = await outbox.put();
    const reached = Promise.withResolvers<void>();
    const relay = start(
      subscriberThat((_, signal) => {
        reached.resolve();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve({ kind: "unsent" })));
      }),
      { claimMs: 600_000 },
    );
    await reached.promise;
    await relay.close(0);
    expect(await isSent(sagaId)).toBe(false);
    start(subscriberThat());
    await eventually(() => isSent(sagaId), patience);
    expect((await outbox.row(sagaId)).attempts).toBe(1);
  });
});

it("tells how many events wait and for how long the oldest", async () => {
  const relay = start(subscriberThat(undefined, () => 0));
  expect(await relay.metric("outbox_oldest_unsent_seconds")).toBe(0);
  await outbox.putMany(3);
  const [tried] = await outbox.putMany(1);
  await outbox.pool.query(
    "UPDATE outbox SET attempts = 1, occurred_at = now() - interval '1 hour' WHERE saga_id = $1",
    [tried],
  );
  expect(await relay.metric("outbox_unsent")).toBe(4);
  expect(await relay.metric("outbox_oldest_unsent_seconds")).toBeCloseTo(3600, -1);
});
