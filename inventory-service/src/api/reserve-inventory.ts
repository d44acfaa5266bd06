import type { Rpc } from "@shop/platform/grpc-server";
import type { ReserveInventoryRequest, ReserveInventoryResponse } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { Reservation } from "../domain/reservation.ts";
import type { InventoryEvents } from "../events.ts";
import type { ReservationBook } from "../store/reservation-book.ts";
import { toReservationMessage } from "./messages.ts";
import { parseOrderLines } from "./parse-order-lines.ts";
import { rejectionError } from "./rejection.ts";

export function reserveInventoryRpc({
  book,
  events,
}: {
  book: ReservationBook;
  events: InventoryEvents;
}): Rpc<ReserveInventoryRequest, ReserveInventoryResponse> {
  return {
    access: { service: "inventory" },
    async handle(request, call) {
      const { orderId, lines } = parseOrderLines(request);
      const decision = await book.apply({ kind: "reserve", orderId, lines }, call.signal);
      if (decision.kind === "rejected") throw rejectionError(decision.reason, orderId);
      if (decision.kind === "changed") announce(events, decision.reservation);
      return toResponse(decision.reservation);
    },
  };
}

function announce(events: InventoryEvents, reservation: Reservation): void {
  if (reservation.status === "HELD") events.inventoryReserved(reservation.orderId);
  if (reservation.status !== "REFUSED") return;
  const { orderId, refusal } = reservation;
  events.reservationRefused(orderId, refusal);
  if (refusal.code === "OUT_OF_STOCK") events.shortageFound(orderId, refusal);
}

function toResponse(reservation: Reservation): ReserveInventoryResponse {
  if (reservation.status === "REFUSED") return { outcome: { $case: "refusal", value: reservation.refusal } };
  return { outcome: { $case: "reservation", value: toReservationMessage(reservation) } };
}
