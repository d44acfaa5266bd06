import type { Rpc } from "@shop/platform/grpc-server";
import type { CheckAvailabilityRequest, CheckAvailabilityResponse } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { InventoryEvents } from "../events.ts";
import type { ReservationBook } from "../store/reservation-book.ts";
import { parseOrderLines } from "./parse-order-lines.ts";
import { rejectionError } from "./rejection.ts";

export function checkAvailabilityRpc({
  book,
  events,
}: {
  book: ReservationBook;
  events: InventoryEvents;
}): Rpc<CheckAvailabilityRequest, CheckAvailabilityResponse> {
  return {
    access: { service: "inventory" },
    async handle(request, call) {
      const { orderId, lines } = parseOrderLines(request);
      const answer = await book.check({ orderId, lines }, call.signal);
      switch (answer.kind) {
        case "available":
          events.availabilityChecked(orderId, undefined);
          return { refusal: undefined };
        case "refused": {
          const { refusal, isRepeated } = answer;
          events.availabilityChecked(orderId, refusal);
          if (refusal.code === "OUT_OF_STOCK" && !isRepeated) events.shortageFound(orderId, refusal);
          return { refusal };
        }
        case "rejected":
          throw rejectionError(answer.reason, orderId);
        default:
          return answer satisfies never;
      }
    },
  };
}
