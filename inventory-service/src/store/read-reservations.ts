import type { Queryable } from "@shop/platform/postgres";
import type { Refusal } from "../domain/availability.ts";
import { asOrderId, type OrderId } from "../domain/ids.ts";
import type { PricedLine, RequestedLine } from "../domain/lines.ts";
import type { Reservation } from "../domain/reservation.ts";
import { RowFault } from "./row-fault.ts";

interface ReservationRow {
  order_id: string;
  status: Reservation["status"];
  requested: RequestedLine[];
  lines: PricedLine[];
  refusal_code: Refusal["code"] | null;
  refusal_message: string | null;
  expires_at: Date | null;
}

/** The reservations of these orders, those of them that exist. */
export async function readReservations(
  db: Queryable,
  orderIds: readonly OrderId[],
): Promise<Map<OrderId, Reservation>> {
  const { rows } = await db.query<ReservationRow>({
    name: "read-reservations",
    text: `
      SELECT order_id, status, requested, lines, refusal_code, refusal_message, expires_at
      FROM reservations WHERE order_id = ANY ($1::uuid[])`,
    values: [orderIds],
  });
  return new Map(rows.map(toReservation).map((reservation) => [reservation.orderId, reservation]));
}

function toReservation(row: ReservationRow): Reservation {
  const orderId = asOrderId(row.order_id);
  switch (row.status) {
    case "HELD":
    case "COMMITTED": {
      const { requested, lines } = row;
      return { status: row.status, orderId, requested, lines, expiresAt: stored(row, row.expires_at) };
    }
    case "RELEASED":
    case "EXPIRED":
      return { status: row.status, orderId };
    case "REFUSED": {
      const refusal = { code: stored(row, row.refusal_code), message: stored(row, row.refusal_message) };
      return { status: "REFUSED", orderId, requested: row.requested, refusal };
    }
    default:
      return row.status satisfies never;
  }
}

function stored<T>(row: ReservationRow, value: T | null): T {
  if (value === null) throw new RowFault(`the reservation of order ${row.order_id} is incomplete`);
  return value;
}
