import type { Rpc } from "@shop/platform/grpc-server";
import type { ScheduleShipmentRequest, ScheduleShipmentResponse } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { findRejection, type RecordedShipment, type Shipment, schedule } from "../domain/shipment.ts";
import { trackingNumberOf } from "../domain/tracking-number.ts";
import type { ShippingEvents } from "../events.ts";
import { scheduleShipment } from "../store/schedule-shipment.ts";
import { toShipmentMessage } from "./messages.ts";
import { parseScheduleShipment } from "./parse-schedule-shipment.ts";
import { rejectionError } from "./rejection.ts";
import type { ServiceParts } from "./service-parts.ts";

export function scheduleShipmentRpc({
  database,
  events,
  countries,
}: ServiceParts): Rpc<ScheduleShipmentRequest, ScheduleShipmentResponse> {
  return {
    access: { service: "shipping" },
    async handle(request) {
      const { orderId, parcel } = parseScheduleShipment(request);
      const first = schedule({ orderId, parcel }, countries, trackingNumberOf(orderId));
      const { isFirst, shipment } = await scheduleShipment(database, first);
      if (isFirst) announce(events, shipment);
      const rejection = isFirst ? undefined : findRejection(shipment, parcel);
      if (rejection !== undefined) throw rejectionError(rejection, orderId);
      return toResponse(shipment);
    },
  };
}

function announce(events: ShippingEvents, shipment: Shipment): void {
  if (shipment.status === "SCHEDULED") events.shipmentScheduled(shipment.orderId);
  if (shipment.status === "REFUSED") events.shipmentRefused(shipment.orderId, shipment.refusal);
}

function toResponse(shipment: RecordedShipment): ScheduleShipmentResponse {
  if (shipment.status === "REFUSED") return { outcome: { $case: "refusal", value: shipment.refusal } };
  return { outcome: { $case: "shipment", value: toShipmentMessage(shipment) } };
}
