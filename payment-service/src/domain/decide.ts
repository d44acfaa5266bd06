import { isTombstoneFor, type Origin } from "./origin.ts";
import type { Cancelling, Charge, Completed, Decline, Declined, PaymentStatus, Pending, Refunding } from "./payment.ts";
import type { FirstState, NextState, Snapshot } from "./payment-store.ts";

/** How long a process may take over one charge before another may send it again. */
export const leaseMs = 10_000;

/** What is asked of a payment. */
export type PaymentRequest = ProcessRequest | RefundRequest;

export interface ProcessRequest extends Asked {
  readonly kind: "process";
  readonly charge: Charge;
}

export interface RefundRequest extends Asked {
  readonly kind: "refund";
}

interface Asked {
  readonly orderId: string;
  /** Who asks; absent: the shop itself. */
  readonly origin?: Origin;
}

/** What is known when deciding, beside the document itself. */
export interface Situation extends Snapshot {
  readonly leaseMs: number;
  /** The number of the lease that this request holds, once it has taken one. */
  readonly heldLease?: number;
}

/** The next thing to do. Every write is stored before the provider is called, and guarded by what was read. */
export type Action<Answer> =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "insert"; readonly first: FirstState }
  | { readonly kind: "take-lease"; readonly attempt: number }
  | { readonly kind: "move"; readonly from: PaymentStatus; readonly to: NextState }
  | { readonly kind: "send-charge"; readonly payment: Pending }
  | { readonly kind: "send-cancellation"; readonly payment: Cancelling }
  | { readonly kind: "send-refund"; readonly payment: Refunding };

/** What a charge is told. */
export type ProcessAnswer =
  | { readonly kind: "charged"; readonly payment: Completed }
  | { readonly kind: "declined"; readonly decline: Decline }
  | { readonly kind: "under-way" }
  | { readonly kind: "undone" }
  | { readonly kind: "differs"; readonly fields: readonly DifferentField[] }
  /** The order's id has a payment of another origin, so that no charge of who asks can ever be under it. */
  | { readonly kind: "taken" };

/** What a refund is told: how the payment ended. */
export type RefundAnswer =
  | { readonly kind: "undone"; readonly status: "DECLINED" | "CANCELLED" | "REFUNDED" }
  /** The payment is of another origin: who asks may not touch it. */
  | { readonly kind: "not-theirs" };

type DifferentField = "amount" | "payment_method";

/** Decides what a charge does to the payment it finds. Pure: the same situation gives the same action. */
export function decideProcess(request: ProcessRequest, situation: Situation): Action<ProcessAnswer> {
  const { charge } = request;
  const { payment } = situation;
  if (payment === undefined) return { kind: "insert", first: { status: "PENDING", ...keyOf(request), charge } };
  if (payment.origin !== request.origin) return answer({ kind: "taken" });
  switch (payment.status) {
    case "PENDING":
    case "COMPLETED":
    case "DECLINED": {
      const fields = differences(payment.charge, charge);
      return fields.length > 0 ? answer({ kind: "differs", fields }) : decideSame(payment, situation);
    }
    case "CANCELLING":
    case "REFUNDING":
    case "CANCELLED":
    case "REFUNDED":
      // Also where the amount is another: whatever is asked late of an order that is undone, undone is the answer.
      return answer({ kind: "undone" });
    default:
      return payment satisfies never;
  }
}

/** Decides what the same charge again does to a payment that nobody has turned. */
function decideSame(payment: Pending | Completed | Declined, situation: Situation): Action<ProcessAnswer> {
  switch (payment.status) {
    case "PENDING":
      if (payment.attempt === situation.heldLease) return { kind: "send-charge", payment };
      if (leaseRuns(payment, situation)) return answer({ kind: "under-way" });
      return { kind: "take-lease", attempt: payment.attempt };
    case "COMPLETED":
      return answer({ kind: "charged", payment });
    case "DECLINED":
      return answer({ kind: "declined", decline: payment.decline });
    default:
      return payment satisfies never;
  }
}

/** Decides what a refund does to the payment it finds. Pure, as above; it refuses neither the shop nor whose payment it is. */
export function decideRefund(request: RefundRequest, { payment }: Situation): Action<RefundAnswer> {
  if (payment === undefined) return { kind: "insert", first: { status: "CANCELLED", ...keyOf(request) } };
  if (isTombstoneFor(request.origin, payment)) return answer({ kind: "undone", status: "CANCELLED" });
  if (payment.origin !== request.origin) return answer({ kind: "not-theirs" });
  switch (payment.status) {
    case "PENDING":
      return { kind: "move", from: "PENDING", to: { status: "CANCELLING" } };
    case "COMPLETED":
      return { kind: "move", from: "COMPLETED", to: { status: "REFUNDING" } };
    case "CANCELLING":
      return { kind: "send-cancellation", payment };
    case "REFUNDING":
      return { kind: "send-refund", payment };
    case "DECLINED":
    case "CANCELLED":
    case "REFUNDED":
      return answer({ kind: "undone", status: payment.status });
    default:
      return payment satisfies never;
  }
}

function keyOf({ orderId, origin }: Asked): Asked {
  return { orderId, ...(origin !== undefined && { origin }) };
}

function leaseRuns(payment: Pending, { now, leaseMs: length }: Situation): boolean {
  return payment.leasedAt !== undefined && now.getTime() < payment.leasedAt.getTime() + length;
}

/** The customer is not compared: the order's id already says whose it is. */
function differences(stored: Charge, asked: Charge): DifferentField[] {
  const fields: DifferentField[] = [];
  const sameAmount =
    stored.amount.minorUnits === asked.amount.minorUnits && stored.amount.currency === asked.amount.currency;
  if (!sameAmount) fields.push("amount");
  if (stored.method !== asked.method) fields.push("payment_method");
  return fields;
}

function answer<Answer>(given: Answer): Action<Answer> {
  return { kind: "answer", answer: given };
}
