import type { Queryable } from "@shop/platform/postgres";
import type { OrderId } from "../domain/ids.ts";

/**
 * Makes every other transaction that names one of these orders wait for the end of this one, also where the order has no
 * row yet, and gives the database's time. The locks are taken in the order of their keys, so that two batches cannot
 * wait for each other.
 */
export async function lockOrders(tx: Queryable, orderIds: readonly OrderId[]): Promise<Date> {
  const { rows } = await tx.query<{ now: Date }>({
    name: "lock-orders",
    text: `
      SELECT date_trunc('milliseconds', clock_timestamp()) AS now, count(pg_advisory_xact_lock(key))
      FROM (SELECT DISTINCT hashtextextended(id, 0) AS key FROM unnest($1::text[]) AS ids (id) ORDER BY key) AS keys`,
    values: [orderIds],
  });
  const now = rows[0]?.now;
  if (now === undefined) throw new Error("locking the orders gave no row");
  return now;
}
