import type { Queryable } from "@shop/platform/postgres";
import type { FirstShipment, RecordedShipment } from "../domain/shipment.ts";
import { type ShipmentRow, shipmentColumns, toShipment } from "./shipment-row.ts";

/** Records an order's first state; undefined, with nothing changed, where the order has one already. */
export async function insertShipment(db: Queryable, shipment: FirstShipment): Promise<RecordedShipment | undefined> {
  const refusal = shipment.status === "REFUSED" ? shipment.refusal : undefined;
  const { rows } = await db.query<ShipmentRow>({
    name: "insert-shipment",
    text: `
      INSERT INTO shipments (order_id, status, parcel, tracking_number, refusal_code, refusal_message)
      VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (order_id) DO NOTHING
      RETURNING ${shipmentColumns}`,
    values: [
      shipment.orderId,
      shipment.status,
      JSON.stringify(shipment.parcel),
      shipment.status === "SCHEDULED" ? shipment.trackingNumber : null,
      refusal?.code ?? null,
      refusal?.message ?? null,
    ],
  });
  return rows[0] && toShipment(rows[0]);
}
