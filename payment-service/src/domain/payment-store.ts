import type { Origin } from "./origin.ts";
import type { Charge, Decline, Payment, PaymentStatus, Pending } from "./payment.ts";

/**
 * One document per payment, keyed by the order's id.
 *
 * Each operation touches one document, is atomic, and has reached stable storage when it resolves. A guard that does
 * not hold resolves to `undefined`; a store that cannot be reached, or whose answer is lost, rejects with an AppError
 * UNAVAILABLE, and any fault of our own (a statement that is wrong, a document that cannot be read) with one that is
 * INTERNAL or becomes it. After either the write may have happened or not, and the provider is not called. All times are
 * the store's own clock's.
 */
export interface PaymentStore {
  /** The document as last written, and the time by the store's clock. */
  read(orderId: string): Promise<Snapshot>;
  /** Writes the first state of a payment; `undefined` where a document stands already. */
  insert(first: FirstState): Promise<Payment | undefined>;
  /** Takes the lease of a PENDING payment anew; `undefined` where lease number `attempt` is not the last any more. */
  takeLease(orderId: string, attempt: number): Promise<Pending | undefined>;
  /** Gives lease number `attempt` of a PENDING payment back before its time; nothing where it is not the last. */
  endLease(orderId: string, attempt: number): Promise<void>;
  /** Moves a payment on; `undefined` where its status is another than `from`. */
  move(orderId: string, from: PaymentStatus, to: NextState): Promise<Payment | undefined>;
  /** Rejects where the store cannot be used. */
  check(): Promise<void>;
}

export interface Snapshot {
  readonly payment: Payment | undefined;
  readonly now: Date;
}

/** How a payment begins: PENDING with lease number 1, or as a tombstone. */
export type FirstState = { readonly orderId: string; readonly origin?: Origin } & (
  | { readonly status: "PENDING"; readonly charge: Charge }
  | { readonly status: "CANCELLED" }
);

/** Where a payment goes, with what becomes known on the way. */
export type NextState =
  | { readonly status: "COMPLETED"; readonly reference: string }
  | { readonly status: "DECLINED"; readonly decline: Decline }
  | { readonly status: "CANCELLING" | "REFUNDING" }
  | { readonly status: "CANCELLED"; readonly reference?: string; readonly refundReference?: string }
  | { readonly status: "REFUNDED"; readonly refundReference: string };
