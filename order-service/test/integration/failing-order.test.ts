import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus, StepStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { type OrderTest, openOrderTest, willingParticipants } from "./_orders.ts";

let fixture: OrderTest;

beforeAll(async () => {
  fixture = await openOrderTest();
});

afterAll(() => fixture.close());

async function outbox(orderId: string): Promise<string[]> {
  const sql = "SELECT type FROM outbox WHERE payload ->> 'orderId' = $1 ORDER BY event_id";
  return (await fixture.query<{ type: string }>(sql, [orderId])).map(({ type }) => type);
}

test("undoes in reverse order what may have happened, and says why", async () => {
  const participants = willingParticipants();
  const undone: string[] = [];
  participants.shipping.schedule = async () => ({ refused: { code: "ADDRESS_NOT_SERVED", message: "not to AQ" } });
  participants.shipping.cancel = async () => void undone.push("shipment");
  participants.payments.refund = async () => void undone.push("payment");
  participants.inventory.release = async () => void undone.push("inventory");
  const service = await fixture.start(participants);

  const { order, sagaStatus } = await service.place({});

  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_COMPENSATED);
  expect(order).toMatchObject({
    status: OrderStatus.ORDER_STATUS_FAILED,
    failure: { code: "ADDRESS_NOT_SERVED", message: "not to AQ", step: "ScheduleShipment" },
  });
  expect(undone).toEqual(["payment", "inventory"]);
  expect(await outbox(order?.id ?? "")).toEqual(["domain.order.OrderCreated", "domain.order.OrderFailed"]);
  await service.stop();
});

test("undoes a step whose answer was lost, for it may have happened", async () => {
  const participants = willingParticipants();
  let isRefunded = false;
  participants.payments.process = async () => {
    throw new AppError("DEADLINE_EXCEEDED", "the answer was lost");
  };
  participants.payments.refund = async () => {
    isRefunded = true;
  };
  const service = await fixture.start(participants, { SAGA_RETRY_ATTEMPTS: "0", SAGA_TIMEOUT_SECONDS: "1" });

  const { order, sagaStatus } = await service.place({});
  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_PARKED);
  const again = await service.place({ orderId: order?.id }).catch((err: AppError) => err.code);
  expect(again).toBe("ORDER_EXISTS");
  await service.stop();

  const next = await fixture.start(participants, { SAGA_TIMEOUT_SECONDS: "1" });
  const authorization = `Bearer ${fixture.identity.userToken()}`;
  const orderId = order?.id ?? "";
  const saga = await eventually(
    async () => {
      const { saga } = await next.orders.getSaga({ orderId }, { timeoutMs: 5000, authorization });
      expect(saga?.status).toBe(SagaStatus.SAGA_STATUS_COMPENSATED);
      return saga;
    },
    { timeoutMs: 10_000 },
  );
  expect(isRefunded).toBe(true);
  expect(saga?.history).toContainEqual(
    expect.objectContaining({ step: "ProcessPayment", status: StepStatus.STEP_STATUS_EXHAUSTED }),
  );
  const { order: failed } = await next.orders.getOrder({ orderId }, { timeoutMs: 5000, authorization });
  expect(failed?.failure?.code).toBe("SAGA_TIMEOUT");
  await next.stop();
});

test("nothing is undone where nothing was done", async () => {
  const participants = willingParticipants();
  participants.inventory.check = async () => ({ refused: { code: "OUT_OF_STOCK", message: "no lamps" } });
  participants.inventory.release = async () => {
    throw new Error("must not be called");
  };
  const service = await fixture.start(participants);

  const { order, sagaStatus } = await service.place({});
  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_FAILED);
  expect(order?.failure).toEqual({ code: "OUT_OF_STOCK", message: "no lamps", step: "ValidateInventory" });
  expect(order?.totalAmount).toBeUndefined();
  await service.stop();
});

test("an order whose sale has happened is completed, though its answer was lost and its time ran out", async () => {
  const participants = willingParticipants();
  const undone: string[] = [];
  participants.payments.refund = async () => void undone.push("payment");
  participants.shipping.cancel = async () => void undone.push("shipment");
  participants.inventory.release = async () => {
    undone.push("inventory");
    throw new AppError("FAILED_PRECONDITION", "sold", { reason: "COMMITTED" });
  };
  participants.inventory.commit = async () => {
    throw new AppError("DEADLINE_EXCEEDED", "the answer was lost");
  };
  const first = await fixture.start(participants, { SAGA_RETRY_ATTEMPTS: "0" });
  const { order, sagaStatus } = await first.place({});
  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_PARKED);
  await first.stop();
  const orderId = order?.id ?? "";
  await fixture.query("UPDATE order_sagas SET created_at = now() - interval '1 hour' WHERE order_id = $1", [orderId]);

  const second = await fixture.start(participants, { SAGA_RETRY_ATTEMPTS: "0" });
  const authorization = `Bearer ${fixture.identity.userToken()}`;
  await eventually(async () => {
    const { saga } = await second.orders.getSaga({ orderId }, { timeoutMs: 5000, authorization });
    expect(saga?.status).toBe(SagaStatus.SAGA_STATUS_COMPLETED);
  });
  const read = await second.orders.getOrder({ orderId }, { timeoutMs: 5000, authorization });
  expect(read.order).toMatchObject({ status: OrderStatus.ORDER_STATUS_COMPLETED, failure: undefined });
  expect(undone).toEqual(["inventory"]);
  expect(await outbox(orderId)).toEqual(["domain.order.OrderCreated", "domain.order.OrderCompleted"]);
  await second.stop();
});
