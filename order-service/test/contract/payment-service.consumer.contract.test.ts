import { orderToPayment } from "@shop/contracts/boundaries/order-service-to-payment-service";
import { describeConsumer } from "@shop/contracts/describe-consumer";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { fromWireMoney } from "@shop/platform/money";
import {
  GetPaymentRequest,
  ProcessPaymentRequest,
  RefundPaymentRequest,
} from "@shop/protos/gen/shop/payments/v1/payments";
import type { PaymentPort } from "../../src/checkout/ports.ts";
import { callParticipant, expectedOf, requestOf, terms } from "./_consumer.ts";

const charged = { reference: "the-charge" };
const undone = { code: "FAILED_PRECONDITION", reason: "UNDONE" };
const providerFailed = { code: "UNAVAILABLE", reason: "PROVIDER_FAILED" };
const refused = (field: string) => ({ code: "VALIDATION_FAILED", fields: [field] });
const declined = (message: string) => ({ refused: { code: "PAYMENT_DECLINED", message } });
/** An undo answers with nothing but that it is done. */
const done = "done";

/** What the checkout is given, by the interaction. */
const outcomes: Record<string, unknown> = {
  "a charge": charged,
  "the same charge again": { reference: "the-first-charge" },
  "a charge that the provider declines": declined(
    "The payment was declined: amounts of 1000.00 USD or more are not taken.",
  ),
  "a charge that was declined, again": declined("The bank said no."),
  "a charge that is under way": { code: "ABORTED" },
  "a charge that was under way when its process was lost": charged,
  "a charge whose reply the provider loses": providerFailed,
  "a charge that the provider fails": providerFailed,
  "a charge after its refund": undone,
  "a charge while it is refunded": undone,
  "a charge while it is cancelled": undone,
  "a charge after a refund that came first": undone,
  "a charge of another amount after its refund": undone,
  "a charge of another amount than the order's": refused("amount"),
  "a charge in another currency than the order's": refused("amount"),
  "a charge by another method than the order's": refused("payment_method"),
  "a charge of another amount than is under way": refused("amount"),
  "a charge of another amount than was declined": refused("amount"),
  "a charge by a method that nobody knows": refused("payment_method"),
  "a charge of nothing": refused("amount"),
  "a charge of an order that another client has paid for": refused("order_id"),
  "a charge without a token that counts": { code: "UNAUTHENTICATED" },
  "a charge with a token for another participant": { code: "PERMISSION_DENIED" },
  "a refund": done,
  "the same refund again": done,
  "a refund that was under way when its process was lost": done,
  "a refund of nothing": done,
  "a refund of nothing, again": done,
  "a refund of a charge that was declined": done,
  "a refund of a charge that is under way": done,
  "a refund of a charge that is being cancelled": done,
  "a refund of a charge whose reply is always lost": done,
  "a refund of a charge that the provider fails": providerFailed,
  "a refund of what another client has paid": done,
  "a refund without a token that counts": { code: "UNAUTHENTICATED" },
  "a refund with a token for another participant": { code: "PERMISSION_DENIED" },
  "a look at a payment that is under way": { isUndone: false },
  "a look at a payment that is charged": { isUndone: false },
  "a look at a payment that was declined": { isUndone: true },
  "a look at a payment that is being cancelled": { isUndone: false },
  "a look at a payment that is being refunded": { isUndone: true },
  "a look at a payment that was refunded": { isUndone: true },
  "a look at a payment whose refund came first": { isUndone: true },
  "a look at a payment of another client": { isUndone: true },
  "a look at a payment that nobody asked for": { isUndone: false },
};

describeConsumer(orderToPayment, {
  async call(interaction, address) {
    const outcome = await callParticipant(interaction, address, ({ payments }) => invoke(payments, interaction));
    expect(outcome).toEqual(expectedOf(interaction, outcomes));
  },
});

async function invoke(payments: PaymentPort, interaction: RpcInteraction): Promise<unknown> {
  switch (interaction.method) {
    case "ProcessPayment": {
      const { amount, ...payment } = requestOf(interaction, ProcessPaymentRequest);
      const money = amount && fromWireMoney(amount);
      if (money === undefined) throw new Error("The interaction's amount cannot be asked for.");
      return payments.process({ ...payment, amount: money }, terms());
    }
    case "RefundPayment": {
      const { orderId } = requestOf(interaction, RefundPaymentRequest);
      return (await payments.refund(orderId, terms())) ?? done;
    }
    case "GetPayment": {
      const { orderId } = requestOf(interaction, GetPaymentRequest);
      return { isUndone: await payments.isUndone(orderId, terms()) };
    }
    default:
      throw new Error(`The client of the payments makes no call of ${interaction.method}.`);
  }
}
