import type { Do, Undo } from "@shop/saga";
import { askFor, askUndo } from "../ask.ts";
import type { Checkout } from "../checkout.ts";
import type { PaymentPort } from "../ports.ts";

/** Charges what the reservation froze. */
export function processPayment(payments: PaymentPort): Do<Checkout> {
  return async (checkout, call) => {
    const { orderId, userId, paymentMethod, reserved } = checkout;
    if (reserved === undefined) return { kind: "unknown", message: "the reservation's amount is not known" };
    return askFor(
      checkout,
      call,
      ["UNDONE"],
      (terms) => payments.process({ orderId, userId, amount: reserved.totalAmount, paymentMethod }, terms),
      (payment) => ({ payment }),
    );
  };
}

/** Gives the money back, whether or not the charge is known to have landed. */
export function refundPayment(payments: PaymentPort): Undo<Checkout> {
  return (checkout, call) => askUndo(checkout, call, (terms) => payments.refund(checkout.orderId, terms));
}
