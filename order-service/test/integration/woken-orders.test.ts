import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { type FakeParticipants, openFakeParticipants } from "./_fake-participants.ts";
import { type OrderTest, openOrderTest, type RunningService } from "./_orders.ts";

let fixture: OrderTest;
let fake: FakeParticipants;
let service: RunningService;

beforeAll(async () => {
  fixture = await openOrderTest();
  fake = await openFakeParticipants(fixture.identity);
  service = await fixture.start(undefined, {
    INVENTORY_ADDRESS: fake.addresses.inventory,
    PAYMENTS_ADDRESS: fake.addresses.payments,
    SHIPPING_ADDRESS: fake.addresses.shipping,
    SAGA_RETRY_ATTEMPTS: "10",
  });
});

afterAll(async () => {
  await fixture.close();
  await fake.close();
});

test("an order that waits for a participant goes on at once when the participant is back", async () => {
  const answer = fake.payments.processPayment;
  fake.payments.processPayment = () => Promise.reject(new AppError("UNAVAILABLE", "away"));
  const waiting = await service.place({});
  expect(waiting.sagaStatus).toBe(SagaStatus.SAGA_STATUS_PARKED);
  expect(fake.calls.filter(({ method }) => method === "processPayment")).toHaveLength(5);

  const postponed = "UPDATE order_sagas SET due_at = now() + interval '1 hour' WHERE owner IS NULL RETURNING id";
  expect(await fixture.query(postponed)).toHaveLength(1);
  fake.payments.processPayment = answer;
  const probing = await service.place({});

  const authorization = `Bearer ${fixture.identity.userToken()}`;
  for (const { order } of [probing, waiting]) {
    await eventually(async () => {
      const read = await service.orders.getOrder({ orderId: order?.id ?? "" }, { timeoutMs: 5000, authorization });
      expect(read.order?.status).toBe(OrderStatus.ORDER_STATUS_COMPLETED);
    });
  }
});
