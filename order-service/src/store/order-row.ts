import type { Address, Failure, Order, OrderItem, OrderStatus } from "../domain/order.ts";

/** The columns of an order as its owner may see it. */
export const orderColumns = `orders.id, orders.user_id, orders.status, orders.items, orders.total_amount, orders.currency,
         orders.shipping_address, orders.failure, orders.created_at, orders.updated_at`;

/** What a query for these columns gives. */
export interface OrderRow {
  readonly id: string;
  readonly user_id: string;
  readonly status: OrderStatus;
  readonly items: OrderItem[];
  /** A bigint, which the driver gives as text. */
  readonly total_amount: string | null;
  readonly currency: string | null;
  readonly shipping_address: Address;
  readonly failure: Failure | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export function toOrder(row: OrderRow): Order {
  const totalAmount =
    row.total_amount !== null && row.currency !== null
      ? { minorUnits: Number(row.total_amount), currency: row.currency }
      : undefined;
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    items: row.items,
    totalAmount,
    shippingAddress: row.shipping_address,
    failure: row.failure ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
