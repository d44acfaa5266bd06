import type { Queryable } from "@shop/platform/postgres";
import type { FirstShipment, RecordedShipment } from "../domain/shipment.ts";
import { findShipment } from "./find-shipment.ts";
import { insertShipment } from "./insert-shipment.ts";

/** What stands recorded for the order now: this state where it is the first, else what was there before. */
export async function scheduleShipment(
  db: Queryable,
  first: FirstShipment,
): Promise<{ isFirst: boolean; shipment: RecordedShipment }> {
  const inserted = await insertShipment(db, first);
  if (inserted !== undefined) return { isFirst: true, shipment: inserted };
  // A statement of its own, for only that sees what the rival of the insert has committed. Rows are never deleted.
  const known = await findShipment(db, first.orderId);
  if (known === undefined) throw new Error(`The shipment of order ${first.orderId} was there and is gone.`);
  return { isFirst: false, shipment: known };
}
