import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus, StepStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { wireOrder, wireSaga } from "../../test/_neighbours.ts";
import { orderDocument, orderStatus, sagaDocument, sagaStatus, stepStatus } from "../domain/documents.ts";
import { toOrderDocument, toSagaDocument } from "./order-messages.ts";

/** The statuses that a service may send. */
function sent<Status extends number>(statuses: Record<string, Status>): Status[] {
  return Object.values(statuses).filter((status) => status > 0);
}

describe("order documents", () => {
  it("have a word for every status", () => {
    const orders = sent(OrderStatus).map((status) => toOrderDocument(wireOrder({ status })).status);
    const sagas = sent(SagaStatus).map((status) => toSagaDocument(wireSaga({ status })).status);
    const entry = { step: "ProcessPayment", message: "", attempt: 1, timestamp: new Date(0) };
    const history = sent(StepStatus).map((status) => ({ ...entry, status }));
    const steps = toSagaDocument(wireSaga({ history })).history.map(({ status }) => status);

    expect(orders).toEqual(orderStatus.options);
    expect(sagas).toEqual(sagaStatus.options);
    expect(steps).toEqual(stepStatus.options);
  });

  it("leave out what is not known", () => {
    const order = toOrderDocument(wireOrder({ totalAmount: undefined, shippingAddress: undefined }));
    const saga = toSagaDocument(wireSaga({ completedAt: undefined }));

    expect(Object.keys(order)).toEqual(["id", "userId", "status", "items", "createdAt", "updatedAt"]);
    expect(saga).not.toHaveProperty("completedAt");
    expect(orderDocument.safeParse(order).success).toBe(true);
    expect(sagaDocument.safeParse(saga).success).toBe(true);
  });

  it("are not made of an answer that says nothing", () => {
    const unspecified = wireOrder({ status: OrderStatus.ORDER_STATUS_UNSPECIFIED });
    const noMoney = wireOrder({ totalAmount: { currencyCode: "", units: 1n, nanos: 0 } });

    expect(() => toOrderDocument(unspecified)).toThrow(AppError);
    expect(() => toOrderDocument(noMoney)).toThrow(AppError);
    expect(() => toOrderDocument(wireOrder({ createdAt: undefined }))).toThrow(AppError);
  });
});
