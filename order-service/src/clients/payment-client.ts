import { AppError } from "@shop/platform/errors";
import type { RpcClient } from "@shop/platform/grpc-client";
import { toWireMoney } from "@shop/platform/money";
import type { Guard } from "@shop/platform/resilience";
import { type PaymentServiceService, PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import type { PaymentPort } from "../checkout/ports.ts";
import { unlessNotFound } from "./unless-not-found.ts";

/** From these no charge can land any more: what may still be under way is the refund. */
const UNDONE: readonly PaymentStatus[] = [
  PaymentStatus.PAYMENT_STATUS_DECLINED,
  PaymentStatus.PAYMENT_STATUS_REFUNDING,
  PaymentStatus.PAYMENT_STATUS_CANCELLED,
  PaymentStatus.PAYMENT_STATUS_REFUNDED,
];

/** The payments over gRPC. Undos pass through a guard of their own, so that new orders cannot starve them. */
export function createPaymentClient(
  rpc: RpcClient<typeof PaymentServiceService>,
  guards: { readonly forward: Guard; readonly undo: Guard },
): PaymentPort {
  return {
    async process(payment, { userId, timeoutMs, signal }) {
      const request = { ...payment, amount: toWireMoney(payment.amount) };
      const { outcome } = await guards.forward.run(
        (signal) => rpc.processPayment(request, { userId, timeoutMs, signal }),
        signal,
      );
      switch (outcome?.$case) {
        case "decline":
          return { refused: outcome.value };
        case "payment":
          return { reference: outcome.value.providerReference };
        case undefined:
          throw new AppError("INTERNAL", "the payments' answer has no outcome");
        default:
          return outcome satisfies never;
      }
    },

    async refund(orderId, { userId, timeoutMs, signal }) {
      await guards.undo.run((signal) => rpc.refundPayment({ orderId }, { userId, timeoutMs, signal }), signal);
    },

    async isUndone(orderId, { userId, timeoutMs, signal }) {
      const found = await guards.undo.run(
        (signal) => unlessNotFound(rpc.getPayment({ orderId }, { userId, timeoutMs, signal })),
        signal,
      );
      return found?.payment !== undefined && UNDONE.includes(found.payment.status);
    },
  };
}
