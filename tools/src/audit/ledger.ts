import type { LedgerAccount, StrangePayment } from "./ledger-account.ts";
import { readMongoLedger, readMongoStrangePayments } from "./mongo-ledger.ts";
import { queryOnce } from "./query-once.ts";

/**
 * By the provider's own ledger: what the payments' documents say is only what the service believes. A PostgreSQL whose
 * payment service has never kept anything there has none, and rejects: no books are not empty books.
 */
export function readLedger(url: string): Promise<LedgerAccount[]> {
  return isMongo(url) ? readMongoLedger(url) : queryOnce<LedgerAccount>(url, ledgerQuery);
}

/** The payments of other origins than the shop, which its orders know nothing of. */
export function readStrangePayments(url: string): Promise<StrangePayment[]> {
  return isMongo(url) ? readMongoStrangePayments(url) : queryOnce<StrangePayment>(url, strangeQuery);
}

function isMongo(url: string): boolean {
  return /^mongodb(\+srv)?:/.test(url);
}

const ledgerQuery = `
  SELECT charge_key AS "orderId",
         coalesce(sum(minor_units) FILTER (WHERE kind = 'charge'), 0)::float8 AS charged,
         coalesce(sum(minor_units) FILTER (WHERE kind = 'refund'), 0)::float8 AS refunded,
         count(*) FILTER (WHERE kind = 'charge')::int AS charges,
         count(*) FILTER (WHERE kind = 'refund')::int AS refunds
    FROM sandbox_ledger WHERE kind <> 'decline' GROUP BY charge_key`;

const strangeQuery = `
  SELECT order_id::text AS "orderId", document->>'origin' AS origin, document->>'status' AS status,
         coalesce((document#>>'{charge,amount,minorUnits}')::float8, 0) AS amount
    FROM payments WHERE document ? 'origin'`;
