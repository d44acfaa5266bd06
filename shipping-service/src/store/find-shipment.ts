import type { Queryable } from "@shop/platform/postgres";
import type { OrderId } from "../domain/ids.ts";
import type { RecordedShipment } from "../domain/shipment.ts";
import { type ShipmentRow, shipmentColumns, toShipment } from "./shipment-row.ts";

/** The order's shipment as it stands; undefined where nothing was ever asked of it. */
export async function findShipment(db: Queryable, orderId: OrderId): Promise<RecordedShipment | undefined> {
  const { rows } = await db.query<ShipmentRow>({
    name: "find-shipment",
    text: `SELECT ${shipmentColumns} FROM shipments WHERE order_id = $1`,
    values: [orderId],
  });
  return rows[0] && toShipment(rows[0]);
}
