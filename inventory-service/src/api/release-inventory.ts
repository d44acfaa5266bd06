import type { Rpc } from "@shop/platform/grpc-server";
import type { ReleaseInventoryRequest, ReleaseInventoryResponse } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { InventoryEvents } from "../events.ts";
import type { ReservationBook } from "../store/reservation-book.ts";
import { toStatusMessage } from "./messages.ts";
import { parseOrder } from "./parse-order.ts";
import { rejectionError } from "./rejection.ts";

export function releaseInventoryRpc({
  book,
  events,
}: {
  book: ReservationBook;
  events: InventoryEvents;
}): Rpc<ReleaseInventoryRequest, ReleaseInventoryResponse> {
  return {
    access: { service: "inventory" },
    async handle(request) {
      const orderId = parseOrder(request);
      const decision = await book.apply({ kind: "release", orderId });
      if (decision.kind === "rejected") throw rejectionError(decision.reason, orderId);
      if (decision.kind === "changed") events.inventoryReleased(orderId);
      return { status: toStatusMessage(decision.reservation.status) };
    },
  };
}
