import { asOrderId } from "../domain/ids.ts";
import type { Parcel } from "../domain/parcel.ts";
import type { Refusal } from "../domain/served-countries.ts";
import type { RecordedShipment, Shipment } from "../domain/shipment.ts";

/** The columns of a shipment, for a SELECT or RETURNING. */
export const shipmentColumns =
  "order_id, status, parcel, tracking_number, refusal_code, refusal_message, created_at, updated_at";

/** A row of `shipmentColumns`. */
export interface ShipmentRow {
  order_id: string;
  status: Shipment["status"];
  parcel: Parcel | null;
  tracking_number: string | null;
  refusal_code: Refusal["code"] | null;
  refusal_message: string | null;
  created_at: Date;
  updated_at: Date;
}

/** The row as the domain knows it. */
export function toShipment(row: ShipmentRow): RecordedShipment {
  return { ...stateOf(row), createdAt: row.created_at, updatedAt: row.updated_at };
}

function stateOf(row: ShipmentRow): Shipment {
  const orderId = asOrderId(row.order_id);
  switch (row.status) {
    case "SCHEDULED":
      return {
        status: "SCHEDULED",
        orderId,
        parcel: stored(row, "parcel"),
        trackingNumber: stored(row, "tracking_number"),
      };
    case "REFUSED": {
      const refusal = { code: stored(row, "refusal_code"), message: stored(row, "refusal_message") };
      return { status: "REFUSED", orderId, parcel: stored(row, "parcel"), refusal };
    }
    case "CANCELLED":
      return { status: "CANCELLED", orderId, trackingNumber: row.tracking_number ?? undefined };
    default:
      return row.status satisfies never;
  }
}

function stored<Column extends keyof ShipmentRow>(row: ShipmentRow, column: Column): NonNullable<ShipmentRow[Column]> {
  const value = row[column];
  if (value === null) throw new Error(`The shipment of order ${row.order_id} has no ${column}.`);
  return value as NonNullable<ShipmentRow[Column]>;
}
