import { AppError } from "@shop/platform/errors";
import type { Collection, Filter, UpdateFilter } from "mongodb";
import type { Payment, PaymentStatus, Pending } from "../domain/payment.ts";
import type { FirstState, NextState, PaymentStore, Snapshot } from "../domain/payment-store.ts";
import { ask, type MongoConnection } from "./mongo-connection.ts";
import { isDuplicateKey, toStoreError } from "./mongo-errors.ts";
import { type StoredPayment, toPaymentOf } from "./mongo-payment-document.ts";

/**
 * Keeps the payments in MongoDB, a document each, whose `_id` is the order's id; no other index is needed, for nothing
 * else is asked for. Every write is one operation on one document, guarded by what the document holds, and a majority has
 * it in its journal when it returns. An operation is sent once: one that fails in any way has an outcome that nobody
 * knows, so that a guard is said not to hold only by a server that looked at it.
 */
export function createMongoPaymentStore(connection: MongoConnection): PaymentStore {
  const payments: Payments = { documents: connection.collection("payments"), connection };
  return {
    read: (orderId) => read(payments, orderId),
    insert: (first) => insert(payments, first),
    takeLease: (orderId, attempt) => takeLease(payments, orderId, attempt),
    endLease: (orderId, attempt) => endLease(payments, orderId, attempt),
    move: (orderId, from, to) => move(payments, orderId, from, to),
    check: () => connection.check(),
  };
}

interface Payments {
  documents: Collection<StoredPayment>;
  connection: MongoConnection;
}

async function read({ documents, connection }: Payments, orderId: string): Promise<Snapshot> {
  const [document, now] = await Promise.all([
    ask(() => documents.findOne({ _id: orderId }, connection.limit)),
    connection.now(),
  ]);
  return { payment: document === null ? undefined : toPaymentOf(document), now };
}

/** An update that makes the document, for only an update takes the time from the server. */
async function insert({ documents, connection }: Payments, first: FirstState): Promise<Payment | undefined> {
  const { orderId, ...state } = first;
  const isPending = state.status === "PENDING";
  try {
    const document = await documents.findOneAndUpdate(
      { _id: orderId, status: { $exists: false } },
      {
        $setOnInsert: { ...state, ...(isPending && { attempt: 1 }) },
        $currentDate: { [`since.${state.status}`]: true, ...(isPending && { leasedAt: true }) },
      },
      { ...connection.limit, upsert: true, returnDocument: "after" },
    );
    if (document !== null) return toPaymentOf(document);
  } catch (err) {
    if (isDuplicateKey(err)) return undefined;
    throw toStoreError(err);
  }
  throw new AppError("UNAVAILABLE", "The payment could not be written.");
}

async function takeLease(payments: Payments, orderId: string, attempt: number): Promise<Pending | undefined> {
  const payment = await update(
    payments,
    { _id: orderId, status: "PENDING", attempt },
    { $inc: { attempt: 1 }, $unset: { leaseEndedAt: true }, $currentDate: { leasedAt: true } },
  );
  return payment?.status === "PENDING" ? payment : undefined;
}

async function endLease(payments: Payments, orderId: string, attempt: number): Promise<void> {
  await update(
    payments,
    { _id: orderId, status: "PENDING", attempt },
    { $unset: { leasedAt: true }, $currentDate: { leaseEndedAt: true } },
  );
}

function move(payments: Payments, orderId: string, from: PaymentStatus, to: NextState): Promise<Payment | undefined> {
  return update(
    payments,
    { _id: orderId, status: from },
    {
      $set: { ...to },
      $unset: { attempt: true, leasedAt: true, leaseEndedAt: true },
      $currentDate: { [`since.${to.status}`]: true },
    },
  );
}

/** Changes the one document that the guard describes; `undefined` where none is as it says. */
async function update(
  { documents, connection }: Payments,
  guard: Filter<StoredPayment>,
  change: UpdateFilter<StoredPayment>,
): Promise<Payment | undefined> {
  const document = await ask(() =>
    documents.findOneAndUpdate(guard, change, { ...connection.limit, returnDocument: "after" }),
  );
  return document === null ? undefined : toPaymentOf(document);
}
