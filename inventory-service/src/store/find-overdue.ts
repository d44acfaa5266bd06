import type { Queryable } from "@shop/platform/postgres";
import { asOrderId, type OrderId } from "../domain/ids.ts";

/** The orders whose reservations are held beyond their time by the database's clock, the oldest first, at most `limit`. */
export async function findOverdue(db: Queryable, limit: number): Promise<OrderId[]> {
  const { rows } = await db.query<{ order_id: string }>({
    name: "find-overdue",
    text: `
      SELECT order_id FROM reservations
      WHERE status = 'HELD' AND expires_at <= now() ORDER BY expires_at LIMIT $1`,
    values: [limit],
  });
  return rows.map(({ order_id }) => asOrderId(order_id));
}
