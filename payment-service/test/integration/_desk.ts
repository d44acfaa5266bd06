import { AppError } from "@shop/platform/errors";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { carryOut, type PaymentDesk } from "../../src/api/carry-out.ts";
import {
  decideProcess,
  decideRefund,
  leaseMs,
  type ProcessAnswer,
  type RefundAnswer,
} from "../../src/domain/decide.ts";
import type { Charge } from "../../src/domain/payment.ts";
import type { PaymentProvider } from "../../src/domain/payment-provider.ts";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { createPaymentEvents } from "../../src/events.ts";

export const charge: Charge = {
  userId: "01900000-0000-7000-8000-00000000a11c",
  amount: { minorUnits: 1299, currency: "USD" },
  method: "pm_ok",
};

/** A desk with silent events; its lease is over at once where `leaseIsOver`. */
export function deskOf(store: PaymentStore, provider: PaymentProvider, leaseIsOver = false): PaymentDesk {
  const events = createPaymentEvents(createMetrics("payments-test"), silentLog());
  return { store, provider, events, leaseMs: leaseIsOver ? 0 : leaseMs };
}

export function askProcess(orderId: string, desk: PaymentDesk): Promise<ProcessAnswer> {
  return carryOut({ kind: "process", orderId, charge }, decideProcess, desk);
}

export function askRefund(orderId: string, desk: PaymentDesk): Promise<RefundAnswer> {
  return carryOut({ kind: "refund", orderId }, decideRefund, desk);
}

/** The answer's kind, or the code of the error; any error but AppError is a failure of the test. */
export async function outcomeOf(asked: Promise<ProcessAnswer | RefundAnswer>): Promise<string> {
  try {
    return (await asked).kind;
  } catch (err) {
    if (err instanceof AppError) return err.code;
    throw err;
  }
}

/** Asks for the refund again and again, as a saga does, until it is answered. */
export async function refundUntilAnswered(orderId: string, desk: PaymentDesk): Promise<RefundAnswer> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return await askRefund(orderId, desk);
    } catch (err) {
      if (!(err instanceof AppError)) throw err;
    }
  }
  throw new Error("The refund was not answered in 50 tries.");
}
