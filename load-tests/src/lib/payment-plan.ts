import type { PaymentOutcome } from "./thresholds.ts";

/** One call to come, and what it may come to. */
export interface Bill {
  readonly orderId: string;
  readonly cents: number;
  readonly method: "pm_ok" | "pm_declined";
  readonly isRefund: boolean;
  readonly expected: readonly PaymentOutcome[];
}

/** So many calls after a charge its refund may come: users share nothing, so both are reckoned from the call's number. */
const REFUND_AFTER = 11;
/** Of so many calls one is meant to be declined; with refunds of every fifth call it is none that is refunded later. */
const DECLINED_OF = 20;
const DECLINED_AT = 6;

/** The bill of the call with this number, from 0; `run` is 14 hexadecimal digits that no other run has. */
export function billOf(number: number, run: string, refundPercent: number): Bill {
  if (!isRefund(number, refundPercent)) return chargeOf(number, run);
  // A refund that overtakes its charge, or that comes without one, cancels it.
  return { ...chargeOf(number - REFUND_AFTER, run), isRefund: true, expected: ["refunded", "cancelled"] };
}

/** Spread evenly: with 20 %, every fifth call. */
function isRefund(number: number, refundPercent: number): boolean {
  return Math.floor(((number + 1) * refundPercent) / 100) > Math.floor((number * refundPercent) / 100);
}

function chargeOf(number: number, run: string): Bill {
  const isDeclined = number % DECLINED_OF === DECLINED_AT;
  return {
    orderId: orderId(number, run),
    cents: 100 + ((Math.abs(number) * 7919) % 29_900),
    method: isDeclined ? "pm_declined" : "pm_ok",
    isRefund: false,
    expected: [isDeclined ? "declined" : "charged"],
  };
}

/** A UUID that ends in "a": those that end in 0, 1 or 2 have a fate of their own by the sandbox's rules. */
function orderId(number: number, run: string): string {
  const sign = number < 0 ? "b" : "a";
  const count = Math.abs(number).toString(16).padStart(10, "0");
  return `${run.slice(0, 8)}-${run.slice(8, 12)}-4${sign}${run.slice(12)}-8000-${count}fa`;
}
