import type { Rpc } from "@shop/platform/grpc-server";
import type { CommitInventoryRequest, CommitInventoryResponse } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { InventoryEvents } from "../events.ts";
import type { ReservationBook } from "../store/reservation-book.ts";
import { toReservationMessage } from "./messages.ts";
import { parseOrder } from "./parse-order.ts";
import { rejectionError } from "./rejection.ts";

export function commitInventoryRpc({
  book,
  events,
}: {
  book: ReservationBook;
  events: InventoryEvents;
}): Rpc<CommitInventoryRequest, CommitInventoryResponse> {
  return {
    access: { service: "inventory" },
    async handle(request) {
      const orderId = parseOrder(request);
      const decision = await book.apply({ kind: "commit", orderId });
      if (decision.kind === "rejected") throw rejectionError(decision.reason, orderId);
      if (decision.kind === "changed") events.inventoryCommitted(orderId);
      return { reservation: toReservationMessage(decision.reservation) };
    },
  };
}
