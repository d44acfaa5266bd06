import type { RpcTable } from "@shop/platform/grpc-server";
import type { PaymentDesk } from "./carry-out.ts";
import type { PaymentContract } from "./contract.ts";
import { getPayment } from "./get-payment.ts";
import { processPayment } from "./process-payment.ts";
import { refundPayment } from "./refund-payment.ts";

const access = { service: "payments" };

/** All RPCs of the payment service: none of them is for users. */
export function paymentRpcs(desk: PaymentDesk): RpcTable<PaymentContract> {
  return {
    ProcessPayment: { access, handle: (request) => processPayment(request, desk) },
    RefundPayment: { access, handle: (request) => refundPayment(request, desk) },
    GetPayment: { access, handle: (request) => getPayment(request, desk.store) },
  };
}
