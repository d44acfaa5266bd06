import type { Call, RpcTable } from "@shop/platform/grpc-server";
import { type Origin, originOf } from "../domain/origin.ts";
import type { PaymentDesk } from "./carry-out.ts";
import type { PaymentContract } from "./contract.ts";
import { getPayment } from "./get-payment.ts";
import { processPayment } from "./process-payment.ts";
import { refundPayment } from "./refund-payment.ts";

const access = { service: "payments" };

/** All RPCs of the payment service: none of them is for users. */
export function paymentRpcs(desk: PaymentDesk): RpcTable<PaymentContract> {
  return {
    ProcessPayment: { access, handle: (request, call) => processPayment(request, desk, originOfCall(call)) },
    RefundPayment: { access, handle: (request, call) => refundPayment(request, desk, originOfCall(call)) },
    GetPayment: { access, handle: (request, call) => getPayment(request, desk.store, originOfCall(call)) },
  };
}

function originOfCall({ caller }: Call): Origin | undefined {
  return caller.kind === "service" ? originOf(caller.clientId) : undefined;
}
