import type { SagaSnapshot, SagaStatus } from "@shop/saga";
import type { Checkout } from "./checkout.ts";
import { orderEvents, orderProgress } from "./order-progress.ts";

const LINES = [{ productId: "p", quantity: 2 }];
const PRICED = [{ productId: "p", name: "Lamp", quantity: 2, unitPrice: { minorUnits: 500, currency: "USD" } }];
const TOTAL = { minorUnits: 1000, currency: "USD" };
const FAILURE = { code: "PAYMENT_DECLINED", message: "declined", step: "ProcessPayment" };

const DATA: Checkout = {
  orderId: "o",
  userId: "u",
  lines: LINES,
  shippingAddress: { street: "s", city: "c", state: "", zipCode: "z", country: "US" },
  paymentMethod: "pm_ok",
  correlationId: "x",
};

function saga(status: SagaStatus, change: Partial<SagaSnapshot<Checkout>> = {}): SagaSnapshot<Checkout> {
  return { id: "s", key: "o", status, currentStep: "", history: [], data: DATA, ...change };
}

const RESERVED = { ...DATA, reserved: { lines: PRICED, totalAmount: TOTAL } };
const PAID = { ...RESERVED, payment: { reference: "r" } };

test.each([
  ["Submitted", saga("Started")],
  ["InventoryReserved", saga("InProgress", { data: RESERVED })],
  ["PaymentProcessed", saga("Parked", { data: PAID })],
  ["Completed", saga("Completed", { data: PAID })],
  ["Failed", saga("Compensating", { data: PAID, failure: FAILURE })],
  ["Failed", saga("Compensated", { data: PAID, failure: FAILURE })],
  ["Failed", saga("Failed", { failure: FAILURE })],
])("an order is %s", (status, snapshot) => {
  expect(orderProgress(snapshot).status).toBe(status);
});

test("an order stays as it was while the arbiter has not spoken", () => {
  expect(orderProgress(saga("Compensating", { data: PAID }))).toMatchObject({ status: "PaymentProcessed" });
  expect(orderEvents(saga("Compensating", { data: PAID }))).toEqual([]);
});

test("prices and total are there from the reservation on", () => {
  expect(orderProgress(saga("InProgress"))).toMatchObject({ items: LINES, totalAmount: undefined });
  expect(orderProgress(saga("InProgress", { data: RESERVED }))).toMatchObject({ items: PRICED, totalAmount: TOTAL });
});

test("tells of the end of an order and of nothing before", () => {
  expect(orderEvents(saga("InProgress", { data: PAID }))).toEqual([]);
  expect(orderEvents(saga("Compensating", { data: PAID, failure: FAILURE }))).toEqual([]);
  expect(orderEvents(saga("Completed", { data: PAID }))).toEqual([
    { type: "domain.order.OrderCompleted", orderId: "o", userId: "u", totalAmount: TOTAL },
  ]);
  expect(orderEvents(saga("Failed", { failure: FAILURE }))).toEqual([
    { type: "domain.order.OrderFailed", orderId: "o", userId: "u", failure: FAILURE },
  ]);
});

test.each(["STEP_EXHAUSTED", "SAGA_TIMEOUT"])("tells the customer of %s in words that are not the engine's", (code) => {
  const failure = { code, message: "no answer for 30000 ms: UNAVAILABLE", step: "ProcessPayment" };
  const told = orderProgress(saga("Compensating", { failure })).failure;
  expect(told).toMatchObject({ code, step: "ProcessPayment" });
  expect(told?.message).toMatch(/is undone/);
});
