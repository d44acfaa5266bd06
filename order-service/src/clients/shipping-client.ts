import { AppError } from "@shop/platform/errors";
import type { RpcClient } from "@shop/platform/grpc-client";
import type { Guard } from "@shop/platform/resilience";
import { ShipmentStatus, type ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { ShippingPort } from "../checkout/ports.ts";
import { unlessNotFound } from "./unless-not-found.ts";

/** The shipping over gRPC. Undos pass through a guard of their own, so that new orders cannot starve them. */
export function createShippingClient(
  rpc: RpcClient<typeof ShippingServiceService>,
  guards: { readonly forward: Guard; readonly undo: Guard },
): ShippingPort {
  return {
    async schedule({ orderId, address, lines, ...shipment }, { userId, timeoutMs, signal }) {
      const request = { ...shipment, orderId, address: { ...address }, lines: lines.map((line) => ({ ...line })) };
      const { outcome } = await guards.forward.run(
        (signal) => rpc.scheduleShipment(request, { userId, timeoutMs, signal }),
        signal,
      );
      switch (outcome?.$case) {
        case "refusal":
          return { refused: outcome.value };
        case "shipment":
          return { trackingNumber: outcome.value.trackingNumber };
        case undefined:
          throw new AppError("INTERNAL", "the shipping's answer has no outcome");
        default:
          return outcome satisfies never;
      }
    },

    async cancel(orderId, { userId, timeoutMs, signal }) {
      await guards.undo.run((signal) => rpc.cancelShipment({ orderId }, { userId, timeoutMs, signal }), signal);
    },

    async isUndone(orderId, { userId, timeoutMs, signal }) {
      const found = await guards.undo.run(
        (signal) => unlessNotFound(rpc.getShipment({ orderId }, { userId, timeoutMs, signal })),
        signal,
      );
      return found?.shipment?.status === ShipmentStatus.SHIPMENT_STATUS_CANCELLED;
    },
  };
}
