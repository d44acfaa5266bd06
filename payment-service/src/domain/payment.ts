import type { Money } from "@shop/platform/money";
import type { Origin } from "./origin.ts";

/**
 * The payment of one order, a state machine whose direction never turns:
 *
 * - PENDING: the charge was stored and may have been sent. To COMPLETED, DECLINED, CANCELLING.
 * - COMPLETED: charged. To REFUNDING.
 * - CANCELLING: to be undone before the charge's outcome is known. To CANCELLED.
 * - REFUNDING: the refund was stored and may have been sent. To REFUNDED.
 * - DECLINED, CANCELLED, REFUNDED: final. CANCELLED without a charge is the tombstone of a refund that came first.
 */
export type Payment =
  | Pending
  | Completed
  | Declined
  | Cancelling
  | Refunding
  | (Charged & Refunded & { readonly status: "REFUNDED" })
  | (Common & Partial<Charged & Refunded> & { readonly status: "CANCELLED" });

/** The name of a payment's state. */
export type PaymentStatus = Payment["status"];

/** A payment whose charge is under way, or was when its process was lost. */
export type Pending = Sent & {
  readonly status: "PENDING";
  /** The number of the lease; it counts up from 1, so that a lease can be told from the one after it. */
  readonly attempt: number;
  /** When the lease was taken, by the store's clock; absent where its holder gave it back. */
  readonly leasedAt?: Date;
};

/** A payment that was taken. */
export type Completed = Charged & { readonly status: "COMPLETED" };

/** A payment that the provider declined. */
export type Declined = Sent & { readonly status: "DECLINED"; readonly decline: Decline };

/** A payment that is being given back. */
export type Refunding = Charged & { readonly status: "REFUNDING" };

/** A payment that is undone before the outcome of its charge is known. */
export type Cancelling = Sent & { readonly status: "CANCELLING" };

interface Common {
  /** The order's id, the key of the document. */
  readonly orderId: string;
  /** Absent: the shop itself. It never changes. */
  readonly origin?: Origin;
  /** The states the payment was in, the oldest first. */
  readonly history: readonly { readonly status: PaymentStatus; readonly at: Date }[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface Sent extends Common {
  readonly charge: Charge;
}

interface Charged extends Sent {
  /** The provider's reference of the charge. */
  readonly reference: string;
}

interface Refunded {
  /** The provider's reference of the refund. */
  readonly refundReference: string;
}

/** What is charged, to whom and how. */
export interface Charge {
  readonly userId: string;
  readonly amount: Money;
  /** The payment method's name, such as "pm_ok"; never a card's number. */
  readonly method: string;
}

/** Why the provider declined. */
export interface Decline {
  readonly code: "PAYMENT_DECLINED";
  /** For a person. */
  readonly message: string;
}
