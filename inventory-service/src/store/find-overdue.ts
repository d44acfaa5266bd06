import type { Queryable } from "@shop/platform/postgres";
import { asOrderId, type OrderId } from "../domain/ids.ts";

/** A held reservation whose time is over. */
export interface Overdue {
  readonly orderId: OrderId;
  /** As the database writes it, for a Date would lose its microseconds. */
  readonly expiresAt: string;
}

/** Before all that is overdue. */
export const beforeAllOverdue: Overdue = {
  orderId: asOrderId("00000000-0000-0000-0000-000000000000"),
  expiresAt: "-infinity",
};

/** What is held beyond its time by the database's clock and comes after `last`, the oldest first, at most `limit`. */
export async function findOverdue(db: Queryable, last: Overdue, limit: number): Promise<Overdue[]> {
  const { rows } = await db.query<{ order_id: string; expires_at: string }>({
    name: "find-overdue",
    text: `
      SELECT order_id, expires_at::text FROM reservations AS r
      WHERE status = 'HELD' AND r.expires_at <= now() AND (r.expires_at, order_id) > ($1::timestamptz, $2::uuid)
      ORDER BY r.expires_at, order_id LIMIT $3`,
    values: [last.expiresAt, last.orderId, limit],
  });
  return rows.map((row) => ({ orderId: asOrderId(row.order_id), expiresAt: row.expires_at }));
}
