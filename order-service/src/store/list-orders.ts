import type { Queryable } from "@shop/platform/postgres";
import type { Order } from "../domain/order.ts";
import { type OrderRow, orderColumns, toOrder } from "./order-row.ts";

/** Which orders to read, the newest first. */
export interface OrderSlice {
  /** Whose; everybody's where it is left out. */
  readonly userId?: string;
  /** The sort keys, see {@link ListedOrder}, of the last order before the slice. */
  readonly after?: readonly string[];
  readonly limit: number;
}

/** An order with its place in the list: the microseconds of its acceptance, then its id. */
export interface ListedOrder {
  readonly order: Order;
  readonly keys: readonly [string, string];
}

/** Reads a slice of the list of orders. What is placed meanwhile comes before it, and moves nothing in it. */
export async function listOrders(db: Queryable, { userId, after, limit }: OrderSlice): Promise<ListedOrder[]> {
  const [at, id] = after ?? [];
  const { rows } = await db.query<OrderRow & { readonly at: string }>({
    name: `list-orders${userId === undefined ? "" : "-of-user"}`,
    text: `
      SELECT ${orderColumns}, (extract(epoch FROM created_at) * 1000000)::bigint AS at
        FROM orders
       WHERE (created_at, id) < (
               coalesce(timestamptz 'epoch' + $1::bigint * interval '1 microsecond', 'infinity'),
               coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
             ${userId === undefined ? "" : "AND user_id = $4"}
       ORDER BY created_at DESC, id DESC
       LIMIT $3`,
    values: [at ?? null, id ?? null, limit, ...(userId === undefined ? [] : [userId])],
  });
  return rows.map((row) => ({ order: toOrder(row), keys: [row.at, row.id] }));
}
