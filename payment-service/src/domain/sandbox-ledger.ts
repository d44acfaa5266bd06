import type { Money } from "@shop/platform/money";

/**
 * The sandbox provider's own books, apart from the payments: nothing is ever changed or removed in them. They outlive
 * the process, and whoever wants to know whether money was lost or taken twice compares them with the payments.
 */
export interface SandboxLedger {
  /** Writes an entry, unless one stands under its key; gives the entry that stands. */
  record(entry: LedgerEntry): Promise<LedgerEntry>;
  find(key: string): Promise<LedgerEntry | undefined>;
  /** Counts one more failure of the charge under `key`, up to `most`; gives the number of those before it. */
  countFailure(key: string, most: number): Promise<number>;
  /** What was taken and given back, one line per currency. */
  audit(): Promise<LedgerTotals[]>;
}

export interface LedgerEntry {
  /** The idempotency key that the caller gave. */
  readonly key: string;
  readonly kind: "charge" | "decline" | "refund";
  /** The charge that a refund gives back; of a charge, its own key. */
  readonly chargeKey: string;
  readonly amount: Money;
  /** What the caller is given to refer to the entry. */
  readonly reference: string;
  /** Why a charge was declined. */
  readonly message?: string;
}

export interface LedgerTotals {
  readonly currency: string;
  readonly charges: number;
  readonly chargedMinorUnits: number;
  readonly refunds: number;
  readonly refundedMinorUnits: number;
}
