import type { Queryable } from "@shop/platform/postgres";
import { rowSourceOf, type SagaStatus } from "@shop/saga";
import type { Address, Order, OrderLine, OrderProgress } from "../domain/order.ts";
import { type OrderRow, orderColumns, toOrder } from "./order-row.ts";

/** A new order, not yet durable. */
export interface NewOrder {
  readonly id: string;
  readonly userId: string;
  readonly lines: readonly OrderLine[];
  readonly shippingAddress: Address;
  readonly paymentMethod: string;
  readonly idempotencyKey?: string;
  readonly fingerprint: string;
}

/** An order, its saga as it stands at the same moment, and what tells whether a request repeats the one that made it. */
export interface OrderRecord {
  readonly order: Order;
  readonly saga: { readonly id: string; readonly status: SagaStatus };
  readonly fingerprint: string;
}

/**
 * Inserts those orders whose id and whose (user, idempotency key) are free and returns their ids. Two with the same key
 * in one call are one order.
 */
export async function insertOrders(db: Queryable, orders: readonly NewOrder[]): Promise<Set<string>> {
  const inLockOrder = [...orders].sort((left, right) => (lockKey(left) < lockKey(right) ? -1 : 1));
  const { form, text, values } = sourceOfInserts(inLockOrder);
  const { rows } = await db.query<{ id: string }>({
    name: `insert-orders-${form}`,
    text: `
      INSERT INTO orders (id, user_id, status, items, shipping_address, payment_method, idempotency_key, fingerprint)
      SELECT id, user_id, 'Submitted', items, shipping_address, payment_method, idempotency_key, fingerprint
        FROM ${text}
          AS new_order (id, user_id, items, shipping_address, payment_method, idempotency_key, fingerprint)
      ON CONFLICT DO NOTHING
      RETURNING id`,
    values,
  });
  return new Set(rows.map((row) => row.id));
}

const sourceOfInserts = rowSourceOf<NewOrder>([
  ["uuid", ({ id }) => id],
  ["uuid", ({ userId }) => userId],
  ["jsonb", ({ lines }) => JSON.stringify(lines)],
  ["jsonb", ({ shippingAddress }) => JSON.stringify(shippingAddress)],
  ["text", ({ paymentMethod }) => paymentMethod],
  ["text", ({ idempotencyKey }) => idempotencyKey ?? null],
  ["text", ({ fingerprint }) => fingerprint],
]);

/**
 * Concurrent inserts wait for one another at the unique keys; taken in one order they cannot deadlock. Ids that the
 * service mints never meet, so a client's idempotency key comes first, then its order id.
 */
function lockKey({ userId, idempotencyKey, id }: NewOrder): string {
  return idempotencyKey === undefined ? id : `${userId} ${idempotencyKey}`;
}

/**
 * Writes how far the orders have come. One whose status is final stays as it is.
 *
 * The last comparison always holds. It makes the planner expect few rows, so that it finds each order by its key: a plan that
 * was made and kept when there were few orders would read all of them later.
 */
export async function updateOrders(db: Queryable, orders: readonly OrderProgress[]): Promise<void> {
  const { form, text, values } = sourceOfUpdates(orders);
  await db.query({
    name: `update-orders-${form}`,
    text: `
      UPDATE orders
         SET status = progress.status, items = progress.items, total_amount = progress.total_amount,
             currency = progress.currency, failure = progress.failure, updated_at = now()
        FROM ${text}
          AS progress (id, status, items, total_amount, currency, failure)
       WHERE orders.id = progress.id AND orders.status NOT IN ('Completed', 'Failed')
         AND progress.status BETWEEN 'A' AND 'Z'`,
    values,
  });
}

const sourceOfUpdates = rowSourceOf<OrderProgress>([
  ["uuid", ({ id }) => id],
  ["text", ({ status }) => status],
  ["jsonb", ({ items }) => JSON.stringify(items)],
  ["bigint", ({ totalAmount }) => totalAmount?.minorUnits ?? null],
  ["text", ({ totalAmount }) => totalAmount?.currency ?? null],
  ["jsonb", ({ failure }) => (failure ? JSON.stringify(failure) : null)],
]);

/** The order with this id. */
export async function findOrder(db: Queryable, id: string): Promise<OrderRecord | undefined> {
  const { rows } = await db.query<OrderRecordRow>({
    name: "find-order",
    text: `${SELECT} WHERE orders.id = $1`,
    values: [id],
  });
  return rows[0] && toRecord(rows[0]);
}

/** The order with this id, where it is this user's. What is another's takes no longer to be not there than what is not. */
export async function findOrderOf(db: Queryable, userId: string, id: string): Promise<OrderRecord | undefined> {
  const { rows } = await db.query<OrderRecordRow>({
    name: "find-order-of",
    text: `${SELECT} WHERE orders.id = $1 AND orders.user_id = $2`,
    values: [id, userId],
  });
  return rows[0] && toRecord(rows[0]);
}

/** The order that this user placed with this idempotency key. */
export async function findOrderByKey(
  db: Queryable,
  userId: string,
  idempotencyKey: string,
): Promise<OrderRecord | undefined> {
  const { rows } = await db.query<OrderRecordRow>({
    name: "find-order-by-key",
    text: `${SELECT} WHERE orders.user_id = $1 AND orders.idempotency_key = $2`,
    values: [userId, idempotencyKey],
  });
  return rows[0] && toRecord(rows[0]);
}

const SELECT = `
  SELECT ${orderColumns}, fingerprint, order_sagas.id AS saga_id, order_sagas.status AS saga_status
    FROM orders JOIN order_sagas ON order_sagas.order_id = orders.id`;

interface OrderRecordRow extends OrderRow {
  readonly fingerprint: string;
  readonly saga_id: string;
  readonly saga_status: SagaStatus;
}

function toRecord(row: OrderRecordRow): OrderRecord {
  return {
    order: toOrder(row),
    saga: { id: row.saga_id, status: row.saga_status },
    fingerprint: row.fingerprint,
  };
}
