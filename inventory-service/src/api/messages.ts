import { toWireMoney } from "@shop/platform/money";
import {
  type Product as ProductMessage,
  type Reservation as ReservationMessage,
  ReservationStatus,
} from "@shop/protos/gen/shop/inventory/v1/inventory";
import { totalOf } from "../domain/lines.ts";
import { availableOf, type Product } from "../domain/product.ts";
import type { Reservation } from "../domain/reservation.ts";

const statuses = {
  HELD: ReservationStatus.RESERVATION_STATUS_HELD,
  COMMITTED: ReservationStatus.RESERVATION_STATUS_COMMITTED,
  RELEASED: ReservationStatus.RESERVATION_STATUS_RELEASED,
  EXPIRED: ReservationStatus.RESERVATION_STATUS_EXPIRED,
  REFUSED: ReservationStatus.RESERVATION_STATUS_REFUSED,
} as const satisfies Record<Reservation["status"], ReservationStatus>;

export function toStatusMessage(status: Reservation["status"]): ReservationStatus {
  return statuses[status];
}

export function toProductMessage(product: Product): ProductMessage {
  const { id, sku, name, price } = product;
  return { id, sku, name, price: toWireMoney(price), available: availableOf(product) };
}

export function toReservationMessage(reservation: Reservation): ReservationMessage {
  const { orderId, status } = reservation;
  const lines = "lines" in reservation ? reservation.lines : [];
  return {
    orderId,
    status: toStatusMessage(status),
    lines: lines.map((line) => ({ ...line, unitPrice: toWireMoney(line.unitPrice) })),
    totalAmount: toWireMoney(totalOf(lines)),
    expiresAt: "expiresAt" in reservation ? reservation.expiresAt : undefined,
  };
}
