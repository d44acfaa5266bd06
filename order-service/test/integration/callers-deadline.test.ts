import { randomUUID } from "node:crypto";
import { AppError, fromUnknown } from "@shop/platform/errors";
import { type CreateOrderResponse, OrderStatus, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { gate, type OrderTest, openOrderTest, type RunningService, willingParticipants } from "./_orders.ts";

const UNDER_WAY: (SagaStatus | undefined)[] = [SagaStatus.SAGA_STATUS_STARTED, SagaStatus.SAGA_STATUS_IN_PROGRESS];

let fixture: OrderTest;
let service: RunningService;
/** A payment that is asked for, and not answered before the test opens it. */
let asked: ReturnType<typeof gate>;
let paid: ReturnType<typeof gate>;
let charges: string[];
const participants = willingParticipants();

beforeAll(async () => {
  fixture = await openOrderTest();
  participants.payments.process = async ({ orderId }) => {
    charges.push(orderId);
    asked.open();
    await paid.opened;
    return { reference: orderId };
  };
  service = await fixture.start(participants);
});

beforeEach(() => {
  [asked, paid, charges] = [gate(), gate(), []];
});

afterAll(() => fixture.close());

/** Asks again with the same key until the saga has ended. */
async function resultOf(idempotencyKey: string, on = service): Promise<CreateOrderResponse> {
  let last: CreateOrderResponse | undefined;
  await eventually(
    async () => {
      last = await on.place({ idempotencyKey });
      expect(last.sagaStatus).toBe(SagaStatus.SAGA_STATUS_COMPLETED);
    },
    { timeoutMs: 20_000 },
  );
  return last as CreateOrderResponse;
}

/** A machine that stalls for longer than the service keeps in hand makes an answer late: it is asked again then. */
async function inTime<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 4; ; left--) {
    try {
      return await ask();
    } catch (err) {
      if (left === 0 || fromUnknown(err).code !== "DEADLINE_EXCEEDED") throw err;
    }
  }
}

test("answers in time before a deadline that is shorter than the saga, and the same key gives the result", async () => {
  const keys: string[] = [];
  const first = await inTime(() => {
    keys.unshift(randomUUID());
    return service.place({ idempotencyKey: keys[0] }, { timeoutMs: 900 });
  });
  expect(UNDER_WAY).toContain(first.sagaStatus);
  expect(first).toMatchObject({ replayed: false, order: { failure: undefined } });

  paid.open();
  expect(await resultOf(keys[0] ?? "")).toMatchObject({
    replayed: true,
    order: { id: first.order?.id, status: OrderStatus.ORDER_STATUS_COMPLETED },
  });
  expect(charges).toContain(first.order?.id);
  // A request that stalled may have been given up before its order was placed; no key has two orders.
  expect(new Set(charges).size).toBeLessThanOrEqual(keys.length);
});

test("the saga of a caller that cancelled goes on, and the same key gives its result", async () => {
  const idempotencyKey = randomUUID();
  const caller = new AbortController();
  const placed = service.place({ idempotencyKey }, { signal: caller.signal });
  await asked.opened;
  caller.abort();
  await expect(placed).rejects.toMatchObject({ code: "CANCELLED" });

  paid.open();
  expect(await resultOf(idempotencyKey)).toMatchObject({ replayed: true, order: { id: charges[0] } });
});

test("the saga goes on though its caller's deadline ends before an answer could be read", async () => {
  const idempotencyKey = randomUUID();
  const reader = new pg.Client({ connectionString: fixture.database.url });
  await reader.connect();
  try {
    const placed = service.place({ idempotencyKey }, { timeoutMs: 1500 });
    await asked.opened;
    await reader.query("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    await expect(placed).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  } finally {
    await reader.end();
  }

  paid.open();
  expect(await resultOf(idempotencyKey)).toMatchObject({ replayed: true, order: { id: charges[0] } });
});

test("one that is parked is answered at once, and again when it is asked for with the same key", async () => {
  const away = willingParticipants();
  away.shipping.schedule = async () => {
    throw new AppError("UNAVAILABLE", "shipping is away");
  };
  const parking = await fixture.start(away, { SAGA_RETRY_ATTEMPTS: "0", ANSWER_WITHIN_MS: "60000" });
  const idempotencyKey = randomUUID();
  const first = await parking.place({ idempotencyKey }, { timeoutMs: 60_000 });
  expect(first).toMatchObject({ sagaStatus: SagaStatus.SAGA_STATUS_PARKED, replayed: false });

  // The times at which it is tried again are answered as well: every try ends parked.
  for (const _ of Array(3)) {
    const again = await parking.place({ idempotencyKey }, { timeoutMs: 60_000 });
    expect(again).toMatchObject({
      sagaStatus: SagaStatus.SAGA_STATUS_PARKED,
      replayed: true,
      order: { id: first.order?.id, status: OrderStatus.ORDER_STATUS_PAYMENT_PROCESSED },
    });
  }
  away.shipping.schedule = async () => ({ trackingNumber: "T1" });
  paid.open();
  await resultOf(idempotencyKey, parking);
  await parking.stop();
}, 60_000);

test("a caller that waits at another replica is answered with the result too", async () => {
  const other = await fixture.start(participants);
  const idempotencyKey = randomUUID();
  const first = service.place({ idempotencyKey }, { timeoutMs: 20_000 });
  await asked.opened;
  const second = other.place({ idempotencyKey }, { timeoutMs: 20_000 });
  const third = inTime(() => other.place({ idempotencyKey }, { timeoutMs: 700 }));
  expect(UNDER_WAY).toContain((await third).sagaStatus);

  paid.open();
  const { order } = await first;
  expect(await second).toMatchObject({
    replayed: true,
    sagaStatus: SagaStatus.SAGA_STATUS_COMPLETED,
    order: { id: order?.id },
  });
  await other.stop();
}, 60_000);
