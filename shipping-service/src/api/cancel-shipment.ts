import type { Rpc } from "@shop/platform/grpc-server";
import {
  type CancelShipmentRequest,
  type CancelShipmentResponse,
  ShipmentStatus,
} from "@shop/protos/gen/shop/shipping/v1/shipping";
import { cancelShipment } from "../store/cancel-shipment.ts";
import { parseOrder } from "./parse-order.ts";
import type { ServiceParts } from "./service-parts.ts";

export function cancelShipmentRpc({
  database,
  events,
}: ServiceParts): Rpc<CancelShipmentRequest, CancelShipmentResponse> {
  return {
    access: { service: "shipping" },
    async handle(request) {
      const orderId = parseOrder(request);
      if (await cancelShipment(database, orderId)) events.shipmentCancelled(orderId);
      return { status: ShipmentStatus.SHIPMENT_STATUS_CANCELLED };
    },
  };
}
