import type { ProviderState, RpcInteraction } from "../interaction.ts";
import { type Expected, like, matching, timestamp } from "../match.ts";

/** Whoever calls. The provider mints the token that says so. */
export const alice = "01900000-0000-7000-8000-00000000a11c";
export const bob = "01900000-0000-7000-8000-000000000b0b";
export const callers = {
  customer: { name: "the caller is a customer" },
  noOrders: { name: "the caller is a customer with no orders" },
  operator: { name: "the caller is an operator" },
  admin: { name: "the caller is an Admin" },
  nobody: { name: "the caller brings no token that counts" },
} as const satisfies Readonly<Record<string, ProviderState>>;

/** What is ordered: two of these. */
export const productId = "01900000-0000-7000-9000-000000000001";
export const lamp = {
  name: "the inventory has a product",
  params: { productId, name: "Desk lamp", minorUnits: 1299, currency: "USD" },
};
export const address = {
  street: "1 Example Street",
  city: "Springfield",
  state: "IL",
  zipCode: "62701",
  country: "US",
};
export const unitPrice = { currencyCode: "USD", units: "12", nanos: 990_000_000 };
const totalAmount = { currencyCode: "USD", units: "25", nanos: 980_000_000 };
export const example = timestamp("2026-01-31T09:30:00.000Z");

/** Why something failed, for people. */
export const why = matching(/.*\S.*/, "Why it is so.");

/** The id of one interaction's order. It means nothing to the sandbox. */
export function order(number: number): string {
  return `01900000-0000-7000-8000-00000c0${String(number).padStart(4, "0")}f`;
}

/** The id of one interaction's saga. */
export function saga(number: number): string {
  return `01900000-0000-7000-8000-00000c5${String(number).padStart(4, "0")}f`;
}

/** The order was placed before, and has ended well. */
export function placed(number: number, params: NonNullable<ProviderState["params"]> = {}): ProviderState {
  return { name: "an order was placed", params: { orderId: order(number), sagaId: saga(number), ...params } };
}

/** The order was placed before, and its payment was declined. */
export function declined(number: number): ProviderState {
  return { name: "an order was declined", params: { orderId: order(number), sagaId: saga(number) } };
}

/** The order was placed before, and waits for the payments, which cannot be reached. */
export function waiting(number: number): ProviderState {
  return { name: "an order waits for its payment", params: { orderId: order(number), sagaId: saga(number) } };
}

/** An order as the service tells of it; `change` says what is otherwise. */
export function orderMessage(id: Expected, change: Readonly<Record<string, Expected>> = {}): Expected {
  return {
    id,
    userId: alice,
    status: "ORDER_STATUS_COMPLETED",
    items: [{ productId, name: "Desk lamp", quantity: 2, unitPrice }],
    totalAmount,
    shippingAddress: address,
    createdAt: example,
    updatedAt: example,
    ...change,
  };
}

/** An order that failed at this step. */
export function failure(code: string, step: string): Expected {
  return { code, message: why, step };
}

/** One entry of a saga's history. */
export function entry(step: string, status = "COMPLETED", change: Readonly<Record<string, Expected>> = {}): Expected {
  return { step, status: `STEP_STATUS_${status}`, attempt: 1, timestamp: example, ...change };
}

/** A saga that has gone well; `change` says what is otherwise. */
export function sagaMessage(number: number, change: Readonly<Record<string, Expected>> = {}): Expected {
  const steps = ["ValidateInventory", "ReserveInventory", "ProcessPayment", "ScheduleShipment", "CommitInventory"];
  return {
    id: saga(number),
    orderId: order(number),
    status: "SAGA_STATUS_COMPLETED",
    currentStep: "CommitInventory",
    history: steps.map((step) => entry(step)),
    startedAt: example,
    completedAt: example,
    ...change,
  };
}

/** What a saga is that waits for its payment. */
export const waitingSaga = {
  status: "SAGA_STATUS_PARKED",
  currentStep: "ProcessPayment",
  history: [
    entry("ValidateInventory"),
    entry("ReserveInventory"),
    entry("ProcessPayment", "EXHAUSTED", { attempt: like(1), message: why }),
  ],
} as const;

/** What a saga is whose payment was declined. */
export const declinedSaga = {
  status: "SAGA_STATUS_COMPENSATED",
  currentStep: "ReleaseInventory",
  history: [
    entry("ValidateInventory"),
    entry("ReserveInventory"),
    entry("ProcessPayment", "REFUSED", { message: why }),
    entry("ReleaseInventory"),
  ],
  failure: failure("PAYMENT_DECLINED", "ProcessPayment"),
} as const;

/** One call. */
export function call(
  method: string,
  description: string,
  given: readonly ProviderState[],
  request: Expected,
  response: RpcInteraction["response"],
): RpcInteraction {
  return { description, given, method, request, response };
}

/** An order or a saga of which the caller is not told, whether or not there is one. */
export const notFound = { error: { code: "NOT_FOUND" } } as const;
export const denied = { error: { code: "PERMISSION_DENIED" } } as const;

/** What is wrong with a request. */
export function invalid(...fields: readonly string[]) {
  return { error: { code: "INVALID_ARGUMENT", reason: "VALIDATION_FAILED", fields } } as const;
}
