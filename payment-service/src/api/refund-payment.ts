import { validationFailed } from "@shop/platform/errors";
import { collectViolations } from "@shop/platform/validation";
import { decideRefund, type RefundRequest } from "../domain/decide.ts";
import type { Origin } from "../domain/origin.ts";
import { carryOut, type PaymentDesk } from "./carry-out.ts";
import type { RefundPaymentRequest, RefundPaymentResponse } from "./contract.ts";
import { notTheirs } from "./not-theirs.ts";
import { toWireStatus } from "./wire.ts";

/**
 * Gives an order's payment back, or sees to it that none is ever taken. It goes on to the end when its caller has gone:
 * what it began, the caller's next try could only take up again.
 */
export async function refundPayment(
  request: RefundPaymentRequest,
  desk: PaymentDesk,
  origin?: Origin,
): Promise<RefundPaymentResponse> {
  const answer = await carryOut({ ...parseRefundPayment(request), origin }, decideRefund, desk);
  if (answer.kind === "not-theirs") throw notTheirs();
  return { status: toWireStatus(answer.status) };
}

/** Turns the message into what is asked of the payment; throws VALIDATION_FAILED with all that is wrong. */
export function parseRefundPayment(request: RefundPaymentRequest): RefundRequest {
  const violations = collectViolations();
  const orderId = violations.uuid("order_id", request.orderId);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { kind: "refund", orderId };
}
