import type { Money } from "@shop/platform/money";

/** Why an order failed. */
export interface Failure {
  readonly code: string;
  /** For the customer to read. */
  readonly message: string;
  /** The saga's step that ended it. */
  readonly step: string;
}

interface AnyOrderEvent {
  /** The idempotency key of everything that is done for it. */
  readonly eventId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly occurredAt: Date;
}

/** What became of an order, in a form that can be told of. */
export type OrderEvent =
  | (AnyOrderEvent & { readonly kind: "COMPLETED"; readonly totalAmount: Money })
  | (AnyOrderEvent & { readonly kind: "CANCELLED"; readonly totalAmount?: Money; readonly failure: Failure });

/** What a message tells. */
export type NotificationKind = OrderEvent["kind"];
