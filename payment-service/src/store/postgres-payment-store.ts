import { AppError, fromUnknown } from "@shop/platform/errors";
import type { Pool, QueryResult } from "pg";
import type { Payment, PaymentStatus, Pending } from "../domain/payment.ts";
import type { FirstState, NextState, PaymentStore, Snapshot } from "../domain/payment-store.ts";
import { toPayment } from "./payment-document.ts";

/**
 * Keeps the payments in PostgreSQL, a JSONB document each, keyed by the order's id. Every write is one statement on one
 * row, guarded by what the document holds and durable when it returns; nothing here needs more of a database than that.
 */
export function createPostgresPaymentStore(pool: Pool): PaymentStore {
  return {
    read: (orderId) => read(pool, orderId),
    insert: (first) => insert(pool, first),
    takeLease: (orderId, attempt) => takeLease(pool, orderId, attempt),
    endLease: (orderId, attempt) => endLease(pool, orderId, attempt),
    move: (orderId, from, to) => move(pool, orderId, from, to),
    check: () => check(pool),
  };
}

async function read(pool: Pool, orderId: string): Promise<Snapshot> {
  const { rows } = await query<{ document: unknown; now: Date }>(
    pool,
    `SELECT document, clock_timestamp() AS now
       FROM (VALUES ($1::uuid)) AS asked (order_id) LEFT JOIN payments USING (order_id)`,
    [orderId],
  );
  const [row] = rows;
  if (row === undefined) throw unavailable("The payment could not be read.");
  return { payment: row.document === null ? undefined : toPayment(orderId, row.document), now: row.now };
}

async function insert(pool: Pool, { orderId, ...first }: FirstState): Promise<Payment | undefined> {
  const lease = first.status === "PENDING" ? { attempt: 1 } : {};
  const result = await query<Row>(
    pool,
    `INSERT INTO payments (order_id, document)
     SELECT $1, $2::jsonb
         || jsonb_build_object('createdAt', now, 'updatedAt', now, 'history', jsonb_build_array(
              jsonb_build_object('status', $3::text, 'at', now)))
         || CASE WHEN $3 = 'PENDING' THEN jsonb_build_object('leasedAt', now) ELSE '{}' END
       FROM clock_timestamp() AS now
     ON CONFLICT (order_id) DO NOTHING
     RETURNING document`,
    [orderId, JSON.stringify({ ...first, ...lease }), first.status],
  );
  return written(orderId, result);
}

async function takeLease(pool: Pool, orderId: string, attempt: number): Promise<Pending | undefined> {
  const result = await query<Row>(
    pool,
    `UPDATE payments
        SET document = document
            || jsonb_build_object('attempt', $2::int + 1, 'leasedAt', clock_timestamp(), 'updatedAt', clock_timestamp())
      WHERE order_id = $1 AND document->>'status' = 'PENDING' AND (document->>'attempt')::int = $2
     RETURNING document`,
    [orderId, attempt],
  );
  const payment = written(orderId, result);
  return payment?.status === "PENDING" ? payment : undefined;
}

async function endLease(pool: Pool, orderId: string, attempt: number): Promise<void> {
  await query(
    pool,
    `UPDATE payments
        SET document = (document - 'leasedAt') || jsonb_build_object('updatedAt', clock_timestamp())
      WHERE order_id = $1 AND document->>'status' = 'PENDING' AND (document->>'attempt')::int = $2`,
    [orderId, attempt],
  );
}

async function move(pool: Pool, orderId: string, from: PaymentStatus, to: NextState): Promise<Payment | undefined> {
  const result = await query<Row>(
    pool,
    `UPDATE payments
        SET document = (document - 'attempt' - 'leasedAt') || $3::jsonb
            || jsonb_build_object('updatedAt', now, 'history', document->'history' || jsonb_build_array(
                 jsonb_build_object('status', $4::text, 'at', now)))
       FROM clock_timestamp() AS now
      WHERE order_id = $1 AND document->>'status' = $2
     RETURNING document`,
    [orderId, from, JSON.stringify(to), to.status],
  );
  return written(orderId, result);
}

async function check(pool: Pool): Promise<void> {
  await query(pool, "SELECT FROM payments LIMIT 1", []);
}

interface Row {
  document: unknown;
}

function written(orderId: string, { rows: [row] }: QueryResult<Row>): Payment | undefined {
  return row && toPayment(orderId, row.document);
}

/** Whatever goes wrong here, the outcome is unknown, and the caller must not go on to the provider. */
async function query<R extends object>(pool: Pool, sql: string, values: unknown[]): Promise<QueryResult<R>> {
  try {
    return await pool.query<R>(sql, values);
  } catch (err) {
    const fault = fromUnknown(err);
    throw fault.code === "UNAVAILABLE" ? unavailable("The payment store did not answer.", err) : fault;
  }
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError("UNAVAILABLE", message, { cause });
}
