import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { aliceId } from "@shop/testkit/identity";
import { ADDRESS, gate, type OrderTest, openOrderTest, type RunningService, willingParticipants } from "./_orders.ts";

let fixture: OrderTest;

beforeAll(async () => {
  fixture = await openOrderTest();
});

afterAll(() => fixture.close());

const alice = () => `Bearer ${fixture.identity.userToken({ userId: aliceId })}`;

async function orderStatus(service: RunningService, orderId: string): Promise<OrderStatus | undefined> {
  return (await service.orders.getOrder({ orderId }, { timeoutMs: 5000, authorization: alice() })).order?.status;
}

test("parks a saga whose participant is away, answers, and goes on when it is back", async () => {
  const participants = willingParticipants();
  const { schedule } = participants.shipping;
  participants.shipping.schedule = async () => {
    throw new AppError("UNAVAILABLE", "shipping is away");
  };
  const service = await fixture.start(participants, { SAGA_RETRY_ATTEMPTS: "0" });

  const { order, sagaStatus } = await service.place({});
  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_PARKED);
  expect(order?.status).toBe(OrderStatus.ORDER_STATUS_PAYMENT_PROCESSED);

  participants.shipping.schedule = schedule;
  const orderId = order?.id ?? "";
  await eventually(async () => expect(await orderStatus(service, orderId)).toBe(OrderStatus.ORDER_STATUS_COMPLETED), {
    timeoutMs: 10_000,
  });
  await service.stop();
});

test("a process that starts goes on with what another left behind", async () => {
  const away = willingParticipants();
  away.payments.process = async () => {
    throw new AppError("UNAVAILABLE", "payments are away");
  };
  const first = await fixture.start(away, { SAGA_RETRY_ATTEMPTS: "0" });
  const { order, sagaStatus } = await first.place({});
  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_PARKED);
  await first.stop();

  const second = await fixture.start(willingParticipants());
  const orderId = order?.id ?? "";
  await eventually(async () => expect(await orderStatus(second, orderId)).toBe(OrderStatus.ORDER_STATUS_COMPLETED), {
    timeoutMs: 10_000,
  });
  await second.stop();
});

test("answers whoever was let in before the service began to close", async () => {
  const [asked, found] = [gate(), gate()];
  const profiles = {
    addressOf: async () => {
      asked.open();
      await found.opened;
      return ADDRESS;
    },
  };
  const service = await fixture.start(willingParticipants(), {}, { profiles });
  const placed = service.place({ shippingAddress: undefined });
  await asked.opened;
  const stopped = service.stop();
  found.open();
  expect((await placed).sagaStatus).toBe(SagaStatus.SAGA_STATUS_COMPLETED);
  await stopped;
});

test("answers with the order as it stands when its own limit is over, and goes on", async () => {
  const participants = willingParticipants();
  const payment = gate();
  participants.payments.process = async ({ orderId }) => {
    await payment.opened;
    return { reference: orderId };
  };
  const service = await fixture.start(participants, { ANSWER_WITHIN_MS: "100" });

  const { order, sagaStatus } = await service.place({}, { timeoutMs: 20_000 });
  expect([SagaStatus.SAGA_STATUS_STARTED, SagaStatus.SAGA_STATUS_IN_PROGRESS]).toContain(sagaStatus);
  expect(order?.status).not.toBe(OrderStatus.ORDER_STATUS_COMPLETED);

  payment.open();
  const orderId = order?.id ?? "";
  await eventually(async () => expect(await orderStatus(service, orderId)).toBe(OrderStatus.ORDER_STATUS_COMPLETED));
  await service.stop();
});

test("a service with too many orders under way answers those who ask again, and refuses the others", async () => {
  const participants = willingParticipants();
  const service = await fixture.start(participants, { SAGA_MAX_IN_FLIGHT: "1" });
  const idempotencyKey = randomUUID();
  const first = await service.place({ idempotencyKey });
  const stock = gate();
  const asked = gate();
  participants.inventory.check = async () => {
    asked.open();
    await stock.opened;
    return undefined;
  };
  const placed = service.place({});
  await asked.opened;

  expect(await service.place({ idempotencyKey })).toEqual({ ...first, replayed: true });
  await expect(service.place({ idempotencyKey: randomUUID() })).rejects.toMatchObject({ code: "OVERLOADED" });

  stock.open();
  await placed;
  await service.stop();
});

test("refuses new orders, before any write, when too many are under way", async () => {
  const participants = willingParticipants();
  const stock = gate();
  const asked = gate();
  participants.inventory.check = async () => {
    asked.open();
    await stock.opened;
    return undefined;
  };
  const service = await fixture.start(participants, { SAGA_MAX_IN_FLIGHT: "1" });

  const placed = service.place({});
  await asked.opened;
  const error = await service.place({}).catch((err: unknown) => err);
  expect(error).toMatchObject({ code: "OVERLOADED" });
  expect((error as AppError).retryAfterMs).toBeGreaterThan(0);

  stock.open();
  expect((await placed).order?.status).toBe(OrderStatus.ORDER_STATUS_COMPLETED);
  await service.stop();
});
