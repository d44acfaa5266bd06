import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus, StepStatus, type WatchOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { aliceId, bobId } from "@shop/testkit/identity";
import { gate, type OrderTest, openOrderTest, type RunningService, willingParticipants } from "./_orders.ts";

const FINAL: (SagaStatus | undefined)[] = [
  SagaStatus.SAGA_STATUS_COMPLETED,
  SagaStatus.SAGA_STATUS_COMPENSATED,
  SagaStatus.SAGA_STATUS_FAILED,
];

let fixture: OrderTest;
/** Two replicas on one database. */
let one: RunningService;
let other: RunningService;
const participants = willingParticipants();
/** A payment that is asked for, and not answered before the test opens it. */
let asked: ReturnType<typeof gate>;
let paid: ReturnType<typeof gate>;

beforeAll(async () => {
  fixture = await openOrderTest();
  [one, other] = [await fixture.start(participants), await fixture.start(participants)];
});

beforeEach(() => {
  [asked, paid] = [gate(), gate()];
  participants.payments.process = async ({ orderId }) => {
    asked.open();
    await paid.opened;
    return { reference: orderId };
  };
  Object.assign(participants.shipping, willingParticipants().shipping);
  Object.assign(participants.inventory, willingParticipants().inventory);
});

afterAll(() => fixture.close());

const tokenOf = (userId: string, role?: "operator" | "Admin") =>
  `Bearer ${fixture.identity.userToken({ userId, role })}`;

/** An id that means nothing to the sandbox. */
function newOrderId(): string {
  return randomUUID().replace(/.$/, "f");
}

/** Places an order as alice, and does not wait for it. */
async function begin(orderId = newOrderId()): Promise<{ orderId: string; placed: Promise<unknown> }> {
  const placed = one.place({ orderId }, { timeoutMs: 30_000 });
  await asked.opened;
  return { orderId, placed };
}

function watch(service: RunningService, orderId: string, signal?: AbortSignal, authorization = tokenOf(aliceId)) {
  return service.orders.watchOrder({ orderId }, { authorization, timeoutMs: 30_000, signal });
}

/** Reads a stream to its end in the background. */
function follow(stream: AsyncIterable<WatchOrderResponse>) {
  const messages: WatchOrderResponse[] = [];
  const first = gate();
  const ended = (async () => {
    for await (const message of stream) {
      messages.push(message);
      first.open();
    }
    return messages;
  })();
  ended.catch(() => first.open());
  return { messages, first: first.opened, ended };
}

/** The steps of a message with how they stand, such as "ProcessPayment RUNNING". */
function stepsOf({ saga }: WatchOrderResponse): string[] {
  const names = Object.entries(StepStatus);
  return (saga?.history ?? []).map(({ step, status }) => {
    const name = names.find(([, value]) => value === status)?.[0] ?? "";
    return `${step} ${name.replace("STEP_STATUS_", "")}`;
  });
}

/** What the rule of an order's progress makes of a saga's history. */
function progressOf(message: WatchOrderResponse): OrderStatus {
  if (message.saga?.status === SagaStatus.SAGA_STATUS_COMPLETED) return OrderStatus.ORDER_STATUS_COMPLETED;
  if (message.saga?.failure !== undefined) return OrderStatus.ORDER_STATUS_FAILED;
  const steps = stepsOf(message);
  if (steps.includes("ProcessPayment COMPLETED")) return OrderStatus.ORDER_STATUS_PAYMENT_PROCESSED;
  if (steps.includes("ReserveInventory COMPLETED")) return OrderStatus.ORDER_STATUS_INVENTORY_RESERVED;
  return OrderStatus.ORDER_STATUS_SUBMITTED;
}

async function documentsOf(orderId: string): Promise<WatchOrderResponse> {
  const options = { authorization: tokenOf(aliceId), timeoutMs: 10_000 };
  const { order } = await other.orders.getOrder({ orderId }, options);
  const { saga } = await other.orders.getSaga({ orderId }, options);
  return { order, saga };
}

test("tells at once how the order stands, then every step as it happens, and ends with the saga", async () => {
  const { orderId, placed } = await begin();
  const { messages, first, ended } = follow(watch(one, orderId));
  await first;
  expect(messages.map(stepsOf)).toEqual([
    ["ValidateInventory COMPLETED", "ReserveInventory COMPLETED", "ProcessPayment RUNNING"],
  ]);
  expect(messages[0]?.order).toMatchObject({
    id: orderId,
    status: OrderStatus.ORDER_STATUS_INVENTORY_RESERVED,
    totalAmount: { currencyCode: "USD", units: 5n },
    items: [{ name: "Lamp" }],
  });

  paid.open();
  await ended;
  await placed;
  const changes = messages.map((message) => stepsOf(message).at(-1));
  for (const step of ["ProcessPayment COMPLETED", "ScheduleShipment RUNNING", "ScheduleShipment COMPLETED"]) {
    expect(changes).toContain(step);
  }
  expect(messages.map((message) => message.order?.status)).toEqual(messages.map(progressOf));
  expect(messages.filter(({ saga }) => FINAL.includes(saga?.status))).toEqual([messages.at(-1)]);
  expect(messages.at(-1)).toEqual(await documentsOf(orderId));
  expect(messages.at(-1)?.saga?.completedAt).toBeInstanceOf(Date);
});

test("follows a saga that another replica runs, to its end", async () => {
  const { orderId, placed } = await begin();
  const { messages, first, ended } = follow(watch(other, orderId));
  await first;
  expect(messages[0]?.order).toMatchObject({ id: orderId, failure: undefined });

  paid.open();
  await ended;
  await placed;
  expect(messages.map((message) => message.order?.status)).toEqual(messages.map(progressOf));
  expect(messages.at(-1)).toEqual(await documentsOf(orderId));
});

test("tells of an order that has ended once, and ends", async () => {
  paid.open();
  const { orderId, placed } = await begin();
  await placed;

  for (const service of [one, other]) expect(await follow(watch(service, orderId)).ended).toHaveLength(1);
});

test("goes on while the saga is parked and taken up by another replica", async () => {
  participants.shipping.schedule = async () => {
    throw new AppError("UNAVAILABLE", "shipping is away");
  };
  paid.open();
  const { orderId } = await begin();
  const watchers = [one, other].map((service) => follow(watch(service, orderId)));
  for (const { messages } of watchers) {
    await eventually(() => messages.some(({ saga }) => saga?.status === SagaStatus.SAGA_STATUS_PARKED), {
      timeoutMs: 20_000,
    });
  }

  Object.assign(participants.shipping, willingParticipants().shipping);
  for (const { ended } of watchers) {
    const messages = await ended;
    expect(messages.map((message) => message.order?.status)).toEqual(messages.map(progressOf));
    expect(messages.at(-1)?.order?.status).toBe(OrderStatus.ORDER_STATUS_COMPLETED);
  }
}, 60_000);

test("tells a refusal with the failure that GetOrder gives", async () => {
  participants.shipping.schedule = async () => ({ refused: { code: "ADDRESS_NOT_SERVED", message: "not there" } });
  const { orderId } = await begin();
  const { ended } = follow(watch(one, orderId));
  paid.open();

  const last = (await ended).at(-1);
  expect(last?.order?.failure).toEqual({ code: "ADDRESS_NOT_SERVED", message: "not there", step: "ScheduleShipment" });
  expect(last?.saga?.failure).toEqual(last?.order?.failure);
  expect(last).toEqual(await documentsOf(orderId));
});

test.each([
  ["that it was not sold", "released", OrderStatus.ORDER_STATUS_FAILED],
  ["that it was sold after all", "committed", OrderStatus.ORDER_STATUS_COMPLETED],
])(
  "tells no failure before the inventory has told %s",
  async (_, answer, end) => {
    const [released, arbiterAsked] = [gate(), gate()];
    participants.inventory.commit = async () => {
      throw new AppError("UNAVAILABLE", "the answer is lost");
    };
    participants.inventory.release = async () => {
      arbiterAsked.open();
      await released.opened;
      if (answer === "committed") throw new AppError("FAILED_PRECONDITION", "it is sold", { reason: "COMMITTED" });
    };
    paid.open();
    const { orderId } = await begin();
    const watchers = [one, other].map((service) => follow(watch(service, orderId)));
    const sagaId = (await documentsOf(orderId)).saga?.id ?? "";
    await eventually(async () => (await documentsOf(orderId)).saga?.status === SagaStatus.SAGA_STATUS_PARKED, {
      timeoutMs: 20_000,
    });
    await one.operators.compensateSaga(
      { sagaId, reason: "nobody answers" },
      { authorization: tokenOf(randomUUID(), "operator"), timeoutMs: 10_000 },
    );
    await arbiterAsked.opened;

    for (const { messages } of watchers) {
      await eventually(() => messages.some(({ saga }) => saga?.status === SagaStatus.SAGA_STATUS_COMPENSATING), {
        timeoutMs: 20_000,
      });
      expect(messages.flatMap(({ order, saga }) => [order?.failure, saga?.failure])).toEqual(
        messages.flatMap(() => [undefined, undefined]),
      );
      expect(messages.at(-1)?.order?.status).toBe(OrderStatus.ORDER_STATUS_PAYMENT_PROCESSED);
    }
    expect(await documentsOf(orderId)).toMatchObject({
      order: { status: OrderStatus.ORDER_STATUS_PAYMENT_PROCESSED, failure: undefined },
      saga: { status: SagaStatus.SAGA_STATUS_COMPENSATING, failure: undefined },
    });
    released.open();
    for (const { ended } of watchers) expect((await ended).at(-1)?.order?.status).toBe(end);
  },
  60_000,
);

test("many watch one order, all see its end, and nothing of them is left", async () => {
  const { orderId } = await begin();
  const watchers = Array.from({ length: 60 }, (_, index) => follow(watch(index % 2 ? one : other, orderId)));
  for (const { first } of watchers) await first;
  expect([await one.metric("order_watchers"), await other.metric("order_watchers")]).toEqual([30, 30]);

  paid.open();
  for (const { ended } of watchers) expect((await ended).at(-1)?.saga?.status).toBe(SagaStatus.SAGA_STATUS_COMPLETED);
  await eventually(async () => (await one.metric("order_watchers")) + (await other.metric("order_watchers")) === 0, {
    timeoutMs: 20_000,
  });
});

test("a watcher that leaves is forgotten, and the order goes on", async () => {
  const { orderId, placed } = await begin();
  const caller = new AbortController();
  const { first, ended } = follow(watch(one, orderId, caller.signal));
  await first;
  caller.abort();
  await expect(ended).rejects.toMatchObject({ code: "CANCELLED" });
  for await (const _ of watch(other, orderId)) break;
  await eventually(async () => (await one.metric("order_watchers")) + (await other.metric("order_watchers")) === 0, {
    timeoutMs: 20_000,
  });

  paid.open();
  expect(await placed).toMatchObject({ sagaStatus: SagaStatus.SAGA_STATUS_COMPLETED });
});

test("a watcher that leaves is forgotten at once, though nothing happens with the order", async () => {
  const { orderId, placed } = await begin();
  paid.open();
  await placed;
  // Of a definition that nobody here knows: it stays as it is.
  await fixture.query(
    `UPDATE order_sagas SET status = 'InProgress', completed_at = NULL, due_at = now(), definition_hash = 'another'
      WHERE order_id = $1`,
    [orderId],
  );
  for (const service of [one, other]) {
    const caller = new AbortController();
    const { first, ended } = follow(watch(service, orderId, caller.signal));
    await first;
    caller.abort();
    await expect(ended).rejects.toMatchObject({ code: "CANCELLED" });
    await eventually(async () => (await service.metric("order_watchers")) === 0, { timeoutMs: 20_000 });
  }
}, 60_000);

test("an order that is another user's is not found, as one that is not there; an operator may watch", async () => {
  paid.open();
  const { orderId, placed } = await begin();
  await placed;

  for (const [id, token] of [
    [orderId, tokenOf(bobId)],
    [newOrderId(), tokenOf(aliceId)],
  ] as const) {
    await expect(follow(watch(one, id, undefined, token)).ended).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `There is no order ${id}.`,
    });
  }
  await expect(follow(watch(one, "42")).ended).rejects.toMatchObject({ violations: [{ field: "order_id" }] });
  const operator = tokenOf(randomUUID(), "operator");
  expect(await follow(watch(one, orderId, undefined, operator)).ended).toHaveLength(1);
  expect(await one.metric("order_watchers")).toBe(0);
});

describe("a process of its own", () => {
  test("refuses more watchers than it has places for", async () => {
    const small = await fixture.start(participants, { MAX_WATCHERS: "1" });
    const { orderId } = await begin();
    const caller = new AbortController();
    const { first, ended } = follow(watch(small, orderId, caller.signal));
    await first;
    const refused = await follow(watch(small, orderId)).ended.catch((err: unknown) => err);
    expect(refused).toMatchObject({ code: "OVERLOADED" });
    expect((refused as AppError).retryAfterMs).toBeGreaterThan(0);

    caller.abort();
    await expect(ended).rejects.toMatchObject({ code: "CANCELLED" });
    await eventually(async () => (await small.metric("order_watchers")) === 0, { timeoutMs: 20_000 });
    paid.open();
    expect((await follow(watch(small, orderId)).ended).at(-1)?.saga?.status).toBe(SagaStatus.SAGA_STATUS_COMPLETED);
    await small.stop();
  });

  test("tells its watchers to watch elsewhere when it ends", async () => {
    const ending = await fixture.start(participants);
    const { orderId } = await begin();
    const { first, ended } = follow(watch(ending, orderId));
    await first;
    const stopped = ending.stop();
    await expect(ended).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await stopped;
    paid.open();
    expect((await follow(watch(other, orderId)).ended).at(-1)?.saga?.status).toBe(SagaStatus.SAGA_STATUS_COMPLETED);
  });
});
