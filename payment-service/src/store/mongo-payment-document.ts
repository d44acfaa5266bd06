import type { Payment, PaymentStatus } from "../domain/payment.ts";
import { toPayment } from "./payment-document.ts";

/** A payment as MongoDB has it. Each moment is written once, by the server's clock, and what follows from it is not stored. */
export interface StoredPayment {
  /** The order's id. */
  _id: string;
  status: PaymentStatus;
  origin?: string;
  /** When it came into each of its states. It never comes into one twice. */
  since: Partial<Record<PaymentStatus, Date>>;
  charge?: unknown;
  /** While PENDING: the number of the lease, and when it was taken or, after that, given back. */
  attempt?: number;
  leasedAt?: Date;
  leaseEndedAt?: Date;
  reference?: string;
  refundReference?: string;
  decline?: unknown;
}

/** Reads a stored document; throws where it is not a payment's, naming the order and the fields, never what they hold. */
export function toPaymentOf({ _id, since, leaseEndedAt, ...stored }: StoredPayment): Payment {
  const history = statuses.flatMap((status) => (since?.[status] === undefined ? [] : [{ status, at: since[status] }]));
  const createdAt = history[0]?.at;
  const updatedAt = stored.leasedAt ?? leaseEndedAt ?? history.at(-1)?.at;
  return toPayment(_id, { ...stored, history, createdAt, updatedAt });
}

/** In an order that no payment goes against. */
const statuses: readonly PaymentStatus[] = [
  "PENDING",
  "COMPLETED",
  "DECLINED",
  "CANCELLING",
  "REFUNDING",
  "CANCELLED",
  "REFUNDED",
];
