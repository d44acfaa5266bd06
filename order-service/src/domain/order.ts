import type { Money } from "@shop/platform/money";

/**
 * Where an order stands, as its owner sees it. Submitted, then InventoryReserved, then PaymentProcessed, then Completed;
 * from any of the first three Failed. Completed and Failed are final.
 */
export type OrderStatus = "Submitted" | "InventoryReserved" | "PaymentProcessed" | "Completed" | "Failed";

/** One line as the customer asked for it; a product stands in one line only. */
export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
  /** The unit price the customer was shown; another one in the catalogue is refused. */
  readonly expectedUnitPrice?: Money;
}

/** One line with what the reservation froze. */
export interface PricedLine {
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

export interface Address {
  readonly street: string;
  readonly city: string;
  /** Empty where the country has none. */
  readonly state: string;
  readonly zipCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** Why an order failed. */
export interface Failure {
  /** Stable and machine readable, such as `OUT_OF_STOCK`. */
  readonly code: string;
  readonly message: string;
  /** The step that ended it. */
  readonly step: string;
}

/** One line of an order: priced once the stock is reserved. */
export type OrderItem = OrderLine | PricedLine;

export interface Order {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly totalAmount?: Money;
  readonly shippingAddress: Address;
  readonly failure?: Failure;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Whether the line has its frozen price. */
export function isPriced(item: OrderItem): item is PricedLine {
  return "unitPrice" in item;
}

/** What a saga's progress changes of its order. */
export interface OrderProgress {
  readonly id: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly totalAmount?: Money;
  readonly failure?: Failure;
}
