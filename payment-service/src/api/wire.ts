import { toWireMoney } from "@shop/platform/money";
import type { Payment, PaymentStatus } from "../domain/payment.ts";
import type { WirePayment, WirePaymentStatus } from "./contract.ts";

/** A payment as the contract has it. */
export function toWirePayment(payment: Payment): WirePayment {
  const { orderId, status, charge, createdAt, updatedAt } = payment;
  const reference = "reference" in payment ? payment.reference : undefined;
  return {
    orderId,
    status: toWireStatus(status),
    ...(charge && { amount: wireMoneyOf(charge.amount) }),
    ...(reference !== undefined && { providerReference: reference }),
    createdAt: toWireTimestamp(createdAt),
    updatedAt: toWireTimestamp(updatedAt),
  };
}

export function toWireStatus(status: PaymentStatus): WirePaymentStatus {
  return `PAYMENT_STATUS_${status}`;
}

function wireMoneyOf(amount: Parameters<typeof toWireMoney>[0]) {
  const money = toWireMoney(amount);
  return { ...money, units: money.units.toString() };
}

function toWireTimestamp(time: Date) {
  const seconds = Math.floor(time.getTime() / 1000);
  return { seconds, nanos: (time.getTime() - seconds * 1000) * 1_000_000 };
}
