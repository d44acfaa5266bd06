import { type Shipment as ShipmentMessage, ShipmentStatus } from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { RecordedShipment, Shipment } from "../domain/shipment.ts";

const statuses = {
  SCHEDULED: ShipmentStatus.SHIPMENT_STATUS_SCHEDULED,
  REFUSED: ShipmentStatus.SHIPMENT_STATUS_REFUSED,
  CANCELLED: ShipmentStatus.SHIPMENT_STATUS_CANCELLED,
} as const satisfies Record<Shipment["status"], ShipmentStatus>;

export function toShipmentMessage(shipment: RecordedShipment): ShipmentMessage {
  const { orderId, status, createdAt, updatedAt } = shipment;
  const trackingNumber = shipment.status === "REFUSED" ? "" : (shipment.trackingNumber ?? "");
  return { orderId, status: statuses[status], trackingNumber, createdAt, updatedAt };
}
