import type { Client } from "k6/net/grpc";
import type { Answer } from "./door.ts";
import { invoke } from "./grpc-door.ts";
import { toGrpcMoney } from "./order-json.ts";
import type { Bill } from "./payment-plan.ts";
import type { PaymentOutcome } from "./thresholds.ts";

const SERVICE = "shop.payments.v1.PaymentService";
/** Whoever pays: the payment service only notes it. */
const USER_ID = "01900000-0000-7000-8000-00000000a11c";

/** The payment service's own door, for service clients. */
export interface PaymentsDoor {
  pay(bill: Bill): Answer<PaymentOutcome>;
  refund(bill: Bill): Answer<PaymentOutcome>;
}

export function paymentsDoor(connect: () => Client, token: string): PaymentsDoor {
  return {
    pay: ({ orderId, cents, method }) =>
      invoke(
        connect,
        `${SERVICE}/ProcessPayment`,
        { order_id: orderId, user_id: USER_ID, amount: toGrpcMoney(cents), payment_method: method },
        token,
        (message) => ((message as { payment?: object | null }).payment ? "charged" : "declined"),
      ),
    refund: ({ orderId }) =>
      invoke(connect, `${SERVICE}/RefundPayment`, { order_id: orderId }, token, (message) =>
        refundOutcome((message as { status: string }).status),
      ),
  };
}

function refundOutcome(status: string): PaymentOutcome {
  switch (status) {
    case "PAYMENT_STATUS_REFUNDED":
      return "refunded";
    case "PAYMENT_STATUS_CANCELLED":
      return "cancelled";
    case "PAYMENT_STATUS_DECLINED":
      return "declined";
    default:
      return "other";
  }
}
