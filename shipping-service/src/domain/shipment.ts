import type { OrderId } from "./ids.ts";
import { differencesOf, type Parcel } from "./parcel.ts";
import { findRefusal, type Refusal } from "./served-countries.ts";

/**
 * How an order's shipment stands. The order's id is its key, and it never goes back.
 *
 * - SCHEDULED: it will be sent. Left by a cancellation.
 * - REFUSED: the address is not served. Left by a cancellation.
 * - CANCELLED: it will not be sent, and never can be: the tombstone. Final. It keeps the number it had, if any.
 */
export type Shipment =
  | {
      readonly status: "SCHEDULED";
      readonly orderId: OrderId;
      readonly parcel: Parcel;
      readonly trackingNumber: string;
    }
  | { readonly status: "REFUSED"; readonly orderId: OrderId; readonly parcel: Parcel; readonly refusal: Refusal }
  | { readonly status: "CANCELLED"; readonly orderId: OrderId; readonly trackingNumber?: string };

/** A shipment with the times the database gave it. */
export type RecordedShipment = Shipment & { readonly createdAt: Date; readonly updatedAt: Date };

/** What an order's first request for a shipment comes to. */
export type FirstShipment = Exclude<Shipment, { status: "CANCELLED" }>;

/** Decides an order's first request by its country alone. */
export function schedule(
  order: { orderId: OrderId; parcel: Parcel },
  served: ReadonlySet<string>,
  trackingNumber: string,
): FirstShipment {
  const refusal = findRefusal(order.parcel.address.country, served);
  return refusal === undefined
    ? { status: "SCHEDULED", ...order, trackingNumber }
    : { status: "REFUSED", ...order, refusal };
}

/** Why a further request for a shipment is turned away: a tombstone, or another parcel. */
export type Rejection =
  | { readonly reason: "UNDONE" }
  | { readonly reason: "OTHER_PARCEL"; readonly differences: readonly (keyof Parcel)[] };

/** What a further request meets; undefined where it asks for the same again and is answered as the first was. */
export function findRejection(known: Shipment, parcel: Parcel): Rejection | undefined {
  switch (known.status) {
    case "CANCELLED":
      return { reason: "UNDONE" };
    case "SCHEDULED":
    case "REFUSED": {
      const differences = differencesOf(known.parcel, parcel);
      return differences.length === 0 ? undefined : { reason: "OTHER_PARCEL", differences };
    }
    default:
      return known satisfies never;
  }
}
