import type { Money } from "@shop/platform/money";
import type { Address, OrderLine, PricedLine } from "../domain/order.ts";

/** What a checkout knows: what the customer asked for and what its steps have learnt. Kept with the saga as JSON. */
export interface Checkout {
  readonly orderId: string;
  readonly userId: string;
  readonly lines: readonly OrderLine[];
  readonly shippingAddress: Address;
  readonly paymentMethod: string;
  /** Of the request that began it; every call of the saga carries it, also after a recovery. */
  readonly correlationId: string;
  /** W3C trace context of that request. */
  readonly traceparent?: string;
  /** What ReserveInventory froze: the charge is made from it. */
  readonly reserved?: { readonly lines: readonly PricedLine[]; readonly totalAmount: Money };
  /** What ProcessPayment learnt. */
  readonly payment?: { readonly reference: string };
  /** What ScheduleShipment learnt. */
  readonly shipment?: { readonly trackingNumber: string };
}
