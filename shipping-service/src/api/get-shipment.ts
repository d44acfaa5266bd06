import { AppError } from "@shop/platform/errors";
import type { Rpc } from "@shop/platform/grpc-server";
import type { GetShipmentRequest, GetShipmentResponse } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { findShipment } from "../store/find-shipment.ts";
import { toShipmentMessage } from "./messages.ts";
import { parseOrder } from "./parse-order.ts";
import type { ServiceParts } from "./service-parts.ts";

export function getShipmentRpc({ database }: ServiceParts): Rpc<GetShipmentRequest, GetShipmentResponse> {
  return {
    access: { service: "shipping" },
    async handle(request) {
      const orderId = parseOrder(request);
      const shipment = await findShipment(database, orderId);
      if (shipment === undefined) throw new AppError("NOT_FOUND", `Order ${orderId} has no shipment.`);
      return { shipment: toShipmentMessage(shipment) };
    },
  };
}
