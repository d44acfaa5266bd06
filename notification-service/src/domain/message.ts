import { toDecimal } from "@shop/platform/money";
import type { OrderEvent } from "./order-event.ts";

/** What the customer reads. It names the order and nobody, so that it can be kept when a customer is forgotten. */
export interface Message {
  readonly subject: string;
  readonly body: string;
}

/** The message that tells of the event. */
export function messageOf(event: OrderEvent): Message {
  switch (event.kind) {
    case "COMPLETED": {
      const { totalAmount, orderId } = event;
      const amount = `${toDecimal(totalAmount)} ${totalAmount.currency}`;
      return {
        subject: "Your order is confirmed",
        body: `Your order ${orderId} over ${amount} is paid and will be shipped.`,
      };
    }
    case "CANCELLED": {
      const { failure, orderId } = event;
      return {
        subject: "Your order could not be completed",
        body: `Your order ${orderId} is cancelled: ${failure.message}\nYou pay nothing for it; what you have paid already is refunded.`,
      };
    }
    default:
      return event satisfies never;
  }
}
