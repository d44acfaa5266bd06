import { AppError, validationFailed } from "@shop/platform/errors";
import { collectViolations } from "@shop/platform/validation";
import { isTombstoneFor, type Origin } from "../domain/origin.ts";
import type { Payment } from "../domain/payment.ts";
import type { PaymentStore } from "../domain/payment-store.ts";
import type { GetPaymentRequest, GetPaymentResponse } from "./contract.ts";
import { notTheirs } from "./not-theirs.ts";
import { toWirePayment } from "./wire.ts";

/** Reads one payment; one of another client, where the shop asks, as the tombstone that it is to the shop. */
export async function getPayment(
  request: GetPaymentRequest,
  store: PaymentStore,
  origin?: Origin,
): Promise<GetPaymentResponse> {
  const orderId = parseGetPayment(request);
  const { payment } = await store.read(orderId);
  if (payment === undefined) throw new AppError("NOT_FOUND", `There is no payment of the order ${orderId}.`);
  if (isTombstoneFor(origin, payment)) return { payment: toWirePayment(tombstoneOf(payment)) };
  if (payment.origin !== origin) throw notTheirs();
  return { payment: toWirePayment(payment) };
}

/** Nothing of the other client's own goes with it but since when it has stood there. */
function tombstoneOf({ orderId, createdAt }: Payment): Payment {
  return { status: "CANCELLED", orderId, history: [], createdAt, updatedAt: createdAt };
}

/** The order's id; throws VALIDATION_FAILED where it is none. */
export function parseGetPayment(request: GetPaymentRequest): string {
  const violations = collectViolations();
  const orderId = violations.uuid("order_id", request.orderId);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return orderId;
}
