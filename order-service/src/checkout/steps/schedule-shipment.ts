import type { Do, Undo } from "@shop/saga";
import { askFor, askUndo } from "../ask.ts";
import type { Checkout } from "../checkout.ts";
import type { ShippingPort } from "../ports.ts";

/** Schedules the shipment of what is ordered to where it goes. */
export function scheduleShipment(shipping: ShippingPort): Do<Checkout> {
  return (checkout, call) => {
    const { orderId, userId, shippingAddress: address } = checkout;
    const lines = checkout.lines.map(({ productId, quantity }) => ({ productId, quantity }));
    return askFor(
      checkout,
      call,
      ["UNDONE"],
      (terms) => shipping.schedule({ orderId, userId, address, lines }, terms),
      (shipment) => ({ shipment }),
    );
  };
}

/** Cancels the shipment, whether or not it is known to be scheduled. */
export function cancelShipment(shipping: ShippingPort): Undo<Checkout> {
  return (checkout, call) => askUndo(checkout, call, (terms) => shipping.cancel(checkout.orderId, terms));
}
