import type { Money } from "@shop/platform/money";
import type { Failure } from "./order.ts";

/** What can be heard of an order. The names are the contract with whoever listens. */
export type OrderEventType = "domain.order.OrderCreated" | "domain.order.OrderCompleted" | "domain.order.OrderFailed";

/** An event, but for its id and its time, which it gets when it is written. */
export interface OrderEvent {
  readonly type: OrderEventType;
  readonly orderId: string;
  readonly userId: string;
  /** Absent until the stock is reserved. */
  readonly totalAmount?: Money;
  readonly failure?: Failure;
}
