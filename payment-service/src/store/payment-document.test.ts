import { toPayment } from "./payment-document.ts";

const orderId = "0198c0de-0000-7000-8000-000000000005";
const at = "2026-01-01T00:00:00.123456+00:00";
const charge = { userId: "canary-user", amount: { minorUnits: 1299, currency: "USD" }, method: "canary-method" };
const common = { createdAt: at, updatedAt: at, history: [{ status: "PENDING", at }] };
const sent = { ...common, charge };

test("reads a document with its times", () => {
  const time = new Date("2026-01-01T00:00:00.123Z");

  expect(toPayment(orderId, { ...sent, status: "PENDING", attempt: 2, leasedAt: at })).toEqual({
    orderId,
    status: "PENDING",
    charge,
    attempt: 2,
    leasedAt: time,
    createdAt: time,
    updatedAt: time,
    history: [{ status: "PENDING", at: time }],
  });
});

test.each([
  { ...sent, status: "PENDING", attempt: 1 },
  { ...sent, status: "COMPLETED", reference: "c" },
  { ...sent, status: "DECLINED", decline: { code: "PAYMENT_DECLINED", message: "no" } },
  { ...sent, status: "CANCELLING" },
  { ...sent, status: "REFUNDING", reference: "c" },
  { ...sent, status: "REFUNDED", reference: "c", refundReference: "r" },
  { ...sent, status: "CANCELLED", reference: "c", refundReference: "r" },
  { ...common, status: "CANCELLED" },
  { ...common, status: "CANCELLED", origin: "load-test" },
  { ...sent, status: "COMPLETED", reference: "c", origin: "load-test" },
])("reads a payment that is $status", (document) => {
  const { createdAt, updatedAt, history, ...rest } = toPayment(orderId, document);

  expect({ ...common, ...rest }).toEqual({ orderId, ...document });
});

test.each([
  ["nothing", undefined, "the whole"],
  ["a text", "canary-text", "the whole"],
  ["an unknown status", { ...sent, status: "canary-status" }, "status"],
  ["no status", sent, "status"],
  ["no charge", { ...common, status: "CANCELLING" }, "charge"],
  ["no lease", { ...sent, status: "PENDING" }, "attempt"],
  ["no reference", { ...sent, status: "COMPLETED" }, "reference"],
  ["an origin that is none", { ...common, status: "CANCELLED", origin: 7 }, "origin"],
  ["a time that is none", { ...sent, status: "CANCELLING", updatedAt: "canary-time" }, "updatedAt"],
  ["a time that is null", { ...sent, status: "CANCELLING", updatedAt: null }, "updatedAt"],
  ["no history", { ...sent, status: "CANCELLING", history: undefined }, "history"],
  [
    "half a minor unit",
    { ...sent, status: "CANCELLING", charge: { ...charge, amount: { minorUnits: 0.5, currency: "USD" } } },
    "charge.amount.minorUnits",
  ],
])("does not read %s, and says where, for which order, and nothing of the content", (_, document, field) => {
  expect(() => toPayment(orderId, document)).toThrow(
    `The stored payment of the order ${orderId} cannot be read: ${field}.`,
  );
});
