import type { ProviderState, RpcBoundary, RpcError, RpcInteraction } from "../interaction.ts";
import { type Expected, matching } from "../match.ts";
import { forbiddenCalls } from "./forbidden-calls.ts";

/** What every charge of these interactions asks for, unless it says otherwise. */
const charge = { userId: "01900000-0000-7000-8000-00000000a11c", minorUnits: 1299, currency: "USD", method: "pm_ok" };
const amount = { currencyCode: "USD", units: "12", nanos: 990_000_000 };
const thirteen = { currencyCode: "USD", units: "13" };
const euros = { ...amount, currencyCode: "EUR" };

const declinesTooMuch = { name: "the provider declines charges of 1000.00 and more" };
const tooMuch = { currencyCode: "USD", units: "1000" };
const losesReplies = { name: "the provider charges by pm_timeout, and loses its reply" };
const fails = { name: "the provider fails orders that end in 2" };

const reference = matching(/\S+/, "the-charge");
const anyMessage = matching(/.*\S.*/, "The payment was declined: amounts of 1000.00 USD or more are not taken.");
const providerFailed: RpcError = { code: "UNAVAILABLE", reason: "PROVIDER_FAILED" };
const undone: RpcError = { code: "FAILED_PRECONDITION", reason: "UNDONE" };

/** Charges the order's amount. */
const charges: readonly RpcInteraction[] = [
  process("a charge", order(1), { answer: charged(order(1), reference) }),
  process("the same charge again", order(2), {
    given: [payment("COMPLETED", order(2), { reference: "the-first-charge" })],
    answer: charged(order(2), "the-first-charge"),
  }),
  process("a charge that the provider declines", order(3), {
    given: [declinesTooMuch],
    change: { amount: tooMuch },
    answer: declined(anyMessage),
  }),
  process("a charge that was declined, again", order(4), {
    given: [payment("DECLINED", order(4), { message: "The bank said no." })],
    answer: declined("The bank said no."),
  }),
  process("a charge that is under way", order(5), {
    given: [payment("PENDING", order(5))],
    error: { code: "ABORTED" },
  }),
  process("a charge that was under way when its process was lost", order(6), {
    given: [payment("PENDING", order(6)), { name: "nobody works on the payment", params: { orderId: order(6) } }],
    answer: charged(order(6), reference),
  }),
  process("a charge whose reply the provider loses", order(7), {
    given: [losesReplies],
    change: { paymentMethod: "pm_timeout" },
    error: providerFailed,
  }),
  process("a charge that the provider fails", order(8, "2"), { given: [fails], error: providerFailed }),
  process("a charge after its refund", order(9), { given: [payment("REFUNDED", order(9))], error: undone }),
  process("a charge while it is refunded", order(10), { given: [payment("REFUNDING", order(10))], error: undone }),
  process("a charge while it is cancelled", order(11), { given: [payment("CANCELLING", order(11))], error: undone }),
  process("a charge after a refund that came first", order(12), { given: [tombstone(order(12))], error: undone }),
  process("a charge of another amount after its refund", order(13), {
    given: [payment("REFUNDED", order(13))],
    change: { amount: thirteen },
    error: undone,
  }),
  process("a charge of another amount than the order's", order(14), {
    given: [payment("COMPLETED", order(14))],
    change: { amount: thirteen },
    error: refused("amount"),
  }),
  process("a charge in another currency than the order's", order(15), {
    given: [payment("COMPLETED", order(15))],
    change: { amount: euros },
    error: refused("amount"),
  }),
  process("a charge by another method than the order's", order(16), {
    given: [payment("COMPLETED", order(16))],
    change: { paymentMethod: "pm_declined" },
    error: refused("payment_method"),
  }),
  process("a charge of another amount than is under way", order(17), {
    given: [payment("PENDING", order(17))],
    change: { amount: thirteen },
    error: refused("amount"),
  }),
  process("a charge of another amount than was declined", order(18), {
    given: [payment("DECLINED", order(18))],
    change: { amount: thirteen },
    error: refused("amount"),
  }),
  process("a charge by a method that nobody knows", order(19), {
    change: { paymentMethod: "pm_unknown" },
    error: refused("payment_method"),
  }),
  process("a charge of nothing", order(20), { change: { amount: { currencyCode: "USD" } }, error: refused("amount") }),
  process("a charge of an order that another client has paid for", order(22), {
    given: [foreign(order(22))],
    error: refused("order_id"),
  }),
  ...forbiddenCalls("a charge", process("", order(21), { error: undone })),
];

/** Gives the money back, whatever was or was not charged; it never refuses, and touches nothing of another client's. */
const refunds: readonly RpcInteraction[] = [
  refund("a refund", order(30), "REFUNDED", payment("COMPLETED", order(30))),
  refund("the same refund again", order(31), "REFUNDED", payment("REFUNDED", order(31))),
  refund(
    "a refund that was under way when its process was lost",
    order(32),
    "REFUNDED",
    payment("REFUNDING", order(32)),
  ),
  refund("a refund of nothing", order(33), "CANCELLED"),
  refund("a refund of nothing, again", order(34), "CANCELLED", tombstone(order(34))),
  refund("a refund of a charge that was declined", order(35), "DECLINED", payment("DECLINED", order(35))),
  refund("a refund of a charge that is under way", order(36), "CANCELLED", payment("PENDING", order(36))),
  refund("a refund of a charge that is being cancelled", order(37), "CANCELLED", payment("CANCELLING", order(37))),
  refund(
    "a refund of a charge whose reply is always lost",
    order(38),
    "CANCELLED",
    losesReplies,
    payment("PENDING", order(38), { method: "pm_timeout" }),
  ),
  {
    ...refund(
      "a refund of a charge that the provider fails",
      order(39, "2"),
      "",
      fails,
      payment("PENDING", order(39, "2")),
    ),
    response: { error: providerFailed },
  },
  refund("a refund of what another client has paid", order(41), "CANCELLED", foreign(order(41))),
  ...forbiddenCalls("a refund", refund("", order(40), "")),
];

/** Tells how the payment stands, for an operator who says that it was given back by hand. */
const looks: readonly RpcInteraction[] = [
  look("a payment that is under way", order(50), "PENDING"),
  look("a payment that is charged", order(51), "COMPLETED"),
  look("a payment that was declined", order(52), "DECLINED"),
  look("a payment that is being cancelled", order(53), "CANCELLING"),
  look("a payment that is being refunded", order(54), "REFUNDING"),
  look("a payment that was refunded", order(55), "REFUNDED"),
  {
    ...look("a payment whose refund came first", order(56), "CANCELLED"),
    given: [tombstone(order(56))],
  },
  {
    ...look("a payment of another client", order(58), "CANCELLED"),
    given: [foreign(order(58))],
  },
  {
    ...look("a payment that nobody asked for", order(57), ""),
    given: [],
    response: { error: { code: "NOT_FOUND" } },
  },
];

/** What the order service asks of the payment service. */
export const orderToPayment: RpcBoundary = {
  consumer: "order-service",
  provider: "payment-service",
  proto: "shop/payments/v1/payments.proto",
  service: "shop.payments.v1.PaymentService",
  metadata: { authorization: matching(/Bearer \S+/, "Bearer a-token"), "x-user-id": charge.userId },
  interactions: [...charges, ...refunds, ...looks],
};

/** An order's id; none of the provider's rules applies to it, unless its `end` says so. */
function order(number: number, end = "a"): string {
  return `01900000-0000-7000-a000-${String(number).padStart(11, "0")}${end}`;
}

/** That an order's payment stands so; what was asked for is `charge`, unless `known` says otherwise. */
function payment(status: string, orderId: string, known: Record<string, string> = {}): ProviderState {
  return { name: `a payment is ${status}`, params: { orderId, ...charge, ...known } };
}

/** That another client, which stands for no order of the shop, has paid under the order's id. */
function foreign(orderId: string): ProviderState {
  return { name: "a payment of another client is COMPLETED", params: { orderId, ...charge } };
}

/** That a refund was asked for before its charge. */
function tombstone(orderId: string): ProviderState {
  return { name: "a refund came before its charge", params: { orderId } };
}

type Outcome = { readonly answer: Expected } | { readonly error: RpcError };
type Terms = {
  readonly given?: readonly ProviderState[];
  /** What is asked for in another way than `charge` has it. */
  readonly change?: { readonly amount?: Expected; readonly paymentMethod?: string };
};

function process(description: string, orderId: string, { given = [], change, ...outcome }: Terms & Outcome) {
  return {
    description,
    given,
    method: "ProcessPayment",
    request: { orderId, userId: charge.userId, amount, paymentMethod: charge.method, ...change },
    response: "error" in outcome ? { error: outcome.error } : { message: outcome.answer },
  };
}

function charged(orderId: string, providerReference: Expected): Expected {
  return { payment: { orderId, status: "PAYMENT_STATUS_COMPLETED", amount, providerReference } };
}

function declined(message: Expected): Expected {
  return { decline: { code: "PAYMENT_DECLINED", message } };
}

function refused(field: string): RpcError {
  return { code: "INVALID_ARGUMENT", fields: [field] };
}

function refund(description: string, orderId: string, status: string, ...given: readonly ProviderState[]) {
  return {
    description,
    given,
    method: "RefundPayment",
    request: { orderId },
    response: { message: { status: `PAYMENT_STATUS_${status}` } },
  };
}

function look(description: string, orderId: string, status: string): RpcInteraction {
  return {
    description: `a look at ${description}`,
    given: [payment(status, orderId)],
    method: "GetPayment",
    request: { orderId },
    response: { message: { payment: { orderId, status: `PAYMENT_STATUS_${status}` } } },
  };
}
