import type { RpcBoundary, RpcInteraction } from "../interaction.ts";
import { matching, timestamp } from "../match.ts";

/** What every charge of these interactions asks for, unless it says otherwise. */
const charge = { userId: "01900000-0000-7000-8000-00000000a11c", minorUnits: 1299, currency: "USD", method: "pm_ok" };
const amount = { currencyCode: "USD", units: "12", nanos: 990_000_000 };
const otherAmount = { currencyCode: "USD", units: "13", nanos: 0 };
/** From here on the provider declines. */
const tooMuch = { currencyCode: "USD", units: "1000", nanos: 0 };

/** Charges an order's amount. */
const processPayment: readonly RpcInteraction[] = [
  {
    description: "a charge",
    given: [],
    method: "ProcessPayment",
    request: processRequest(order(1)),
    response: { message: { payment: charged(order(1), matching(/^\S+$/, "sandbox_charge_1")) } },
  },
  {
    description: "the same charge again",
    given: [payment("COMPLETED", order(2), { reference: "the-first-charge" })],
    method: "ProcessPayment",
    request: processRequest(order(2)),
    response: { message: { payment: charged(order(2), "the-first-charge") } },
  },
  {
    description: "a charge that the provider declines",
    given: [{ name: "the provider declines charges of 1000.00 and more" }],
    method: "ProcessPayment",
    request: processRequest(order(3), { amount: tooMuch }),
    response: {
      message: {
        decline: { code: "PAYMENT_DECLINED", message: matching(/\S/, "Amounts of 1000.00 USD or more are not taken.") },
      },
    },
  },
  {
    description: "a charge that was declined, again",
    given: [payment("DECLINED", order(4), { message: "The payment was declined by the bank." })],
    method: "ProcessPayment",
    request: processRequest(order(4)),
    response: {
      message: { decline: { code: "PAYMENT_DECLINED", message: "The payment was declined by the bank." } },
    },
  },
  {
    description: "a charge that is under way",
    given: [payment("PENDING", order(5))],
    method: "ProcessPayment",
    request: processRequest(order(5)),
    response: { error: { code: "ABORTED" } },
  },
  {
    description: "a charge whose first process was lost",
    given: [payment("PENDING", order(6)), { name: "nobody works on the payment", params: { orderId: order(6) } }],
    method: "ProcessPayment",
    request: processRequest(order(6)),
    response: { message: { payment: charged(order(6), matching(/^\S+$/, "sandbox_charge_6")) } },
  },
  {
    description: "a charge whose reply the provider loses",
    given: [{ name: "the provider loses its replies to pm_timeout" }],
    method: "ProcessPayment",
    request: processRequest(order(7), { paymentMethod: "pm_timeout" }),
    response: { error: { code: "UNAVAILABLE", reason: "PROVIDER_FAILED" } },
  },
  ...undone(8, "after its refund", (orderId) => payment("REFUNDED", orderId)),
  ...undone(9, "while it is refunded", (orderId) => payment("REFUNDING", orderId)),
  ...undone(10, "while it is cancelled", (orderId) => payment("CANCELLING", orderId)),
  ...undone(11, "after a refund that came first", tombstone),
  ...undone(12, "of another amount after a refund that came first", tombstone, { amount: otherAmount }),
  ...refused(13, "of another amount", payment("COMPLETED", order(13)), { amount: otherAmount }, "amount"),
  ...refused(14, "of another currency", payment("COMPLETED", order(14)), { amount: euros(amount) }, "amount"),
  ...refused(
    15,
    "by another method",
    payment("COMPLETED", order(15)),
    { paymentMethod: "pm_declined" },
    "payment_method",
  ),
  ...refused(
    16,
    "of another amount while it is under way",
    payment("PENDING", order(16)),
    { amount: otherAmount },
    "amount",
  ),
  ...refused(
    17,
    "of another amount than was declined",
    payment("DECLINED", order(17)),
    { amount: otherAmount },
    "amount",
  ),
  ...refused(18, "by a method that nobody knows", undefined, { paymentMethod: "pm_unknown" }, "payment_method"),
  ...refused(19, "of nothing", undefined, { amount: { currencyCode: "USD" } }, "amount"),
  ...forbidden("a charge", "ProcessPayment", processRequest(order(20))),
];

/** Gives an order's payment back; never refuses. */
const refundPayment: readonly RpcInteraction[] = [
  ...refunded(30, "of a charge", "REFUNDED", (orderId) => [payment("COMPLETED", orderId)]),
  ...refunded(31, "of a charge, again", "REFUNDED", (orderId) => [payment("REFUNDED", orderId)]),
  ...refunded(32, "of a charge that another began", "REFUNDED", (orderId) => [payment("REFUNDING", orderId)]),
  ...refunded(33, "of nothing", "CANCELLED", () => []),
  ...refunded(34, "of nothing, again", "CANCELLED", (orderId) => [tombstone(orderId)]),
  ...refunded(35, "of a charge that was declined", "DECLINED", (orderId) => [payment("DECLINED", orderId)]),
  ...refunded(36, "of a charge that is under way", "CANCELLED", (orderId) => [payment("PENDING", orderId)]),
  ...refunded(37, "of a charge under way that another began", "CANCELLED", (orderId) => [
    payment("CANCELLING", orderId),
  ]),
  ...refunded(38, "of a charge whose reply is lost every time", "CANCELLED", (orderId) => [
    { name: "the provider loses its replies to pm_timeout" },
    payment("PENDING", orderId, { method: "pm_timeout" }),
  ]),
  {
    description: "a refund of a charge that the provider gives no outcome of",
    given: [{ name: "the provider fails orders that end in 2" }, payment("PENDING", order(39, "2"))],
    method: "RefundPayment",
    request: { orderId: order(39, "2") },
    response: { error: { code: "UNAVAILABLE", reason: "PROVIDER_FAILED" } },
  },
  ...forbidden("a refund", "RefundPayment", { orderId: order(40) }),
];

/** Tells how a payment stands, for an operator who says that its refund was made by hand. */
const getPayment: readonly RpcInteraction[] = [
  ...looked(50, "PENDING"),
  ...looked(51, "COMPLETED"),
  ...looked(52, "DECLINED"),
  ...looked(53, "CANCELLING"),
  ...looked(54, "REFUNDING"),
  ...looked(55, "CANCELLED"),
  ...looked(56, "REFUNDED"),
  {
    description: "a look at a payment that nobody asked for",
    given: [],
    method: "GetPayment",
    request: { orderId: order(57) },
    response: { error: { code: "NOT_FOUND" } },
  },
];

/** What the order service asks of the payment service. */
export const orderToPayment: RpcBoundary = {
  consumer: "order-service",
  provider: "payment-service",
  proto: "shop/payments/v1/payments.proto",
  service: "shop.payments.v1.PaymentService",
  interactions: [...processPayment, ...refundPayment, ...getPayment],
};
