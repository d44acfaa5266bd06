import type { Money } from "@shop/platform/money";
import type { Failure } from "./order.ts";

/** What can be heard of an order. The names are the contract with whoever listens. */
export type OrderEventType = "domain.order.OrderCreated" | SubscribedType;

/** The events that somebody listens to: only these are ever sent. The others stand in the outbox as done. */
export type SubscribedType = "domain.order.OrderCompleted" | "domain.order.OrderFailed";

/** Whether an event of this type is to be sent to somebody. */
export function isSubscribed(type: string): type is SubscribedType {
  return type === "domain.order.OrderCompleted" || type === "domain.order.OrderFailed";
}

/** An event, but for its id and its time, which it gets when it is written. */
export interface OrderEvent {
  readonly type: OrderEventType;
  readonly orderId: string;
  readonly userId: string;
  /** Absent until the stock is reserved. */
  readonly totalAmount?: Money;
  readonly failure?: Failure;
}

/** An event as it is sent. */
export interface SubscribedEvent extends OrderEvent {
  readonly type: SubscribedType;
  /** Unique to the event, also when it is sent again. */
  readonly eventId: string;
  readonly occurredAt: Date;
}
