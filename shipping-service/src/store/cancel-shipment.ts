import type { Queryable } from "@shop/platform/postgres";
import type { OrderId } from "../domain/ids.ts";

/**
 * Leaves the order's shipment CANCELLED, whatever it was, also where there was none. Answers whether that is new.
 * What was to be sent is kept for whoever looks into it.
 */
export async function cancelShipment(db: Queryable, orderId: OrderId): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "cancel-shipment",
    text: `
      INSERT INTO shipments AS known (order_id, status)
      VALUES ($1, 'CANCELLED')
      ON CONFLICT (order_id) DO UPDATE SET status = 'CANCELLED', updated_at = now()
      WHERE known.status <> 'CANCELLED'`,
    values: [orderId],
  });
  return rowCount === 1;
}
