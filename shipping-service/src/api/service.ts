import type { RpcTable } from "@shop/platform/grpc-server";
import type { ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { cancelShipmentRpc } from "./cancel-shipment.ts";
import { getShipmentRpc } from "./get-shipment.ts";
import { scheduleShipmentRpc } from "./schedule-shipment.ts";
import type { ServiceParts } from "./service-parts.ts";

/** Every RPC of shop.shipping.v1.ShippingService. */
export function shippingRpcs(parts: ServiceParts): RpcTable<typeof ShippingServiceService> {
  return {
    scheduleShipment: scheduleShipmentRpc(parts),
    cancelShipment: cancelShipmentRpc(parts),
    getShipment: getShipmentRpc(parts),
  };
}
