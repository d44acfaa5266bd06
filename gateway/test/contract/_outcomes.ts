import { address, alice, bob, order, productId, saga } from "@shop/contracts/boundaries/gateway-orders";
import type { OrderDocument, SagaDocument } from "../../src/domain/documents.ts";

const at = "2026-01-31T09:30:00.000Z";
const why = "Why it is so.";
const lines = [{ productId, name: "Desk lamp", quantity: 2, unitPrice: { amount: "12.99", currency: "USD" } }];

/** What the gateway's clients make of each answer; of one that is an error, what of it tells its caller what to do. */
export const outcomes: Readonly<Record<string, unknown>> = {
  "an order": placed(orderOf({ id: order(1) })),
  "an order with nothing but its lines": placed(
    orderOf({ id: order(2), shippingAddress: { ...address, street: "1 Main Street" } }),
  ),
  "an order at the price that the customer was shown": placed(orderOf({ id: order(3) })),
  "an order for another user": placed(orderOf({ id: order(4), userId: bob })),
  "an order whose payment is declined": placed(failed({ id: order(5) }, "PAYMENT_DECLINED", "ProcessPayment")),
  "an order that is out of stock": placed({
    ...without(failed({ id: order(6) }, "OUT_OF_STOCK", "ValidateInventory"), "totalAmount"),
    items: [{ productId, quantity: 2 }],
  }),
  "an order to where nothing is delivered": placed(failed({ id: order(7) }, "ADDRESS_NOT_SERVED", "ScheduleShipment")),
  "an order whose payment cannot be reached": {
    ...placed(orderOf({ id: order(8), status: "InventoryReserved" })),
    isEnded: false,
  },
  "an order that was placed before": { ...placed(orderOf({ id: order(9) })), isReplayed: true },
  "an order that was placed before with this key": { ...placed(orderOf({ id: order(10) })), isReplayed: true },
  "another order with the same key": { code: "IDEMPOTENCY_KEY_REUSED" },
  "an order with the id of another's": { code: "ORDER_EXISTS" },
  "an order with much that is wrong": invalid("items[0].quantity", "shippingAddress.country", "paymentMethod"),
  "an order without an address, of a customer who has none": invalid("shippingAddress"),
  "an order for another user, by a customer": { code: "PERMISSION_DENIED" },
  "an order without a token that counts": { code: "UNAUTHENTICATED" },
  "an order while there are too many": { code: "OVERLOADED", retryAfterMs: 1000 },

  "an order of one's own": orderOf({ id: order(20) }),
  "an order that failed": failed({ id: order(21) }, "PAYMENT_DECLINED", "ProcessPayment"),
  "another's order": { code: "NOT_FOUND" },
  "another's order, by an operator": orderOf({ id: order(23) }),
  "an order that there is not": { code: "NOT_FOUND" },
  "one order without a token that counts": { code: "UNAUTHENTICATED" },
  "an order by something that is no id": invalid("id"),

  "the saga of an order that was delivered": sagaOf(30),
  "the saga of an order that was declined": declinedSaga(31),
  "the saga of an order that waits": waitingSaga(32),
  "the saga of another's order": { code: "NOT_FOUND" },
  "an order that has ended, watched": [sagaOf(40)],
  "an order that there is not, watched": { code: "NOT_FOUND" },
  "an order without a token that counts, watched": { code: "UNAUTHENTICATED" },

  "the latest of a user's orders, of which there are more": {
    orders: [orderOf({ id: order(52), userId: bob })],
    nextPageToken: "an-example-of-a-token",
  },
  "the orders of a user who has none": { orders: [], nextPageToken: "" },
  "everybody's orders": {
    orders: [
      {
        ...without(orderOf({ id: order(50), userId: bob }), "totalAmount"),
        items: [{ productId: order(1), quantity: 2 }],
        shippingAddress: without(address, "state"),
      },
    ],
    nextPageToken: "",
  },
  "everybody's orders, by a customer": { code: "PERMISSION_DENIED" },
  "another user's orders": { code: "NOT_FOUND" },
  "a page that there is not, and too large a one": invalid("pageSize", "pageToken"),

  "the sagas that wait for their payment": {
    sagas: [{ ...waitingSaga(60), history: [entry("ProcessPayment", "Exhausted")] }],
    nextPageToken: "",
  },
  "the sagas with an error that none has": { sagas: [], nextPageToken: "" },
  "the sagas, by a customer": { code: "PERMISSION_DENIED" },
  "another try of a saga that waits": askedOf(61, "Retry"),
  "another try of a saga that has ended well": { code: "FAILED_PRECONDITION", reason: "NOTHING_TO_RETRY" },
  "another try of a saga that there is not": { code: "NOT_FOUND" },
  "another try, by a customer": { code: "PERMISSION_DENIED" },
  "another try without a reason": invalid("reason"),
  "the turn of a saga that waits": askedOf(63, "Compensate"),
  "the turn of a saga that has ended": { code: "FAILED_PRECONDITION", reason: "SAGA_ENDED" },
  "the turn of a saga that there is not": { code: "NOT_FOUND" },
  "an undo done by hand, of a saga that has ended": { code: "FAILED_PRECONDITION", reason: "SAGA_ENDED" },
  "an undo done by hand that only the inventory decides": { code: "FAILED_PRECONDITION", reason: "ARBITER" },
  "an undo done by hand that nobody waits for": { code: "FAILED_PRECONDITION", reason: "NOT_ALLOWED" },

  "the dead letters of a saga": {
    deadLetters: [
      { ...deadLetter(70, "17"), request: { lines: [{ productId, quantity: 2 }], paymentMethod: "pm_ok" } },
    ],
    nextPageToken: "",
  },
  "the dead letters of no saga": { deadLetters: [], nextPageToken: "" },
  "the dead letters, by a customer": { code: "PERMISSION_DENIED" },
  "a dead letter": deadLetter(71, "9000071"),
  "a dead letter that there is not": { code: "NOT_FOUND" },
  "a dead letter by something that is no id": invalid("id"),
};

function orderOf(change: Partial<OrderDocument>): OrderDocument {
  return {
    id: order(0),
    userId: alice,
    status: "Completed",
    items: lines,
    totalAmount: { amount: "25.98", currency: "USD" },
    shippingAddress: address,
    createdAt: at,
    updatedAt: at,
    ...change,
  };
}

function failed(change: Partial<OrderDocument>, code: string, step: string): OrderDocument {
  return orderOf({ ...change, status: "Failed", failure: { code, message: why, step } });
}

function placed(document: OrderDocument) {
  return { order: document, isEnded: true, isReplayed: false };
}

function entry(step: string, status: "Completed" | "Exhausted" | "Refused" = "Completed", message = "") {
  return { step, status, message, attempt: 1, timestamp: at };
}

function sagaOf(number: number, change: Partial<SagaDocument> = {}): SagaDocument {
  const steps = ["ValidateInventory", "ReserveInventory", "ProcessPayment", "ScheduleShipment", "CommitInventory"];
  return {
    id: saga(number),
    orderId: order(number),
    status: "Completed",
    currentStep: "CommitInventory",
    history: steps.map((step) => entry(step)),
    startedAt: at,
    completedAt: at,
    ...change,
  };
}

function declinedSaga(number: number): SagaDocument {
  const [check, reserve] = sagaOf(number).history;
  if (check === undefined || reserve === undefined) throw new Error("A saga has steps.");
  return sagaOf(number, {
    status: "Compensated",
    currentStep: "ReleaseInventory",
    history: [check, reserve, entry("ProcessPayment", "Refused", why), entry("ReleaseInventory")],
    failure: { code: "PAYMENT_DECLINED", message: why, step: "ProcessPayment" },
  });
}

function waitingSaga(number: number): SagaDocument {
  const history = [entry("ValidateInventory"), entry("ReserveInventory"), entry("ProcessPayment", "Exhausted", why)];
  return without(sagaOf(number, { status: "Parked", currentStep: "ProcessPayment", history }), "completedAt");
}

function askedOf(number: number, act: string): SagaDocument {
  const waiting = waitingSaga(number);
  return {
    ...waiting,
    status: "InProgress",
    history: [...waiting.history, entry(act, "Completed", "An operator: An example of why.")],
  };
}

function deadLetter(number: number, id: string) {
  const ids = { id, sagaId: saga(number), orderId: order(number) };
  const what = { step: "ProcessPayment", status: "Open", reason: why, attempts: 2, lastError: why };
  return { ...ids, ...what, createdAt: at, updatedAt: at };
}

function invalid(...fields: readonly string[]) {
  return { code: "VALIDATION_FAILED", fields };
}

function without<Value extends object>(value: Value, name: keyof Value): Value {
  const { [name]: _, ...rest } = value;
  return rest as Value;
}
