import { readLedger, readStrangePayments } from "./ledger.ts";
import type { LedgerAccount } from "./ledger-account.ts";
import { queryOnce } from "./query-once.ts";

/** Where each service keeps its books: connection strings, that of the payments of PostgreSQL or of MongoDB. */
export interface BookUrls {
  readonly orders: string;
  readonly inventory: string;
  readonly payments: string;
  readonly shipping: string;
}

/** What the services' books say of one order; what a service has never heard of is absent. */
export interface OrderAccount extends LedgerAccount {
  /** Of the order and of its saga, such as Completed. */
  readonly order?: { readonly status: string; readonly saga: string; readonly totalMinor: number };
  /** Of the reservation: HELD, COMMITTED, RELEASED, EXPIRED or REFUSED. */
  readonly reservation?: string;
  /** Of the shipment: SCHEDULED, REFUSED or CANCELLED. */
  readonly shipment?: string;
}

/** A payment that no order of the shop asked for: what its service believes, and what the provider's ledger says. */
export interface StrangeAccount extends LedgerAccount {
  /** The client that asked, such as load-test. */
  readonly origin: string;
  /** Such as COMPLETED. */
  readonly status: string;
  /** What was asked for, in minor units; 0 for a tombstone. */
  readonly amount: number;
}

/** What the inventory's books say of one product. */
export interface ProductAccount {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
  /** What Admins have put on the shelf since the beginning, less what they took from it. */
  readonly adjusted: number;
  /** By its reservations: what is sold, and what is held. */
  readonly sold: number;
  readonly held: number;
}

/** The books of all services, read one after the other: exact only while nothing is under way. */
export interface Books {
  readonly orders: readonly OrderAccount[];
  readonly products: readonly ProductAccount[];
  /** Left aside by the orders' books, in which they would be charges for nobody. */
  readonly strangePayments: readonly StrangeAccount[];
}

/** Reads the books of all services. */
export async function readBooks(urls: BookUrls): Promise<Books> {
  const [orders, ledger, strange, reservations, shipments, products] = await Promise.all([
    queryOnce<OrderRow>(urls.orders, ordersQuery),
    readLedger(urls.payments),
    readStrangePayments(urls.payments),
    queryOnce<StatusRow>(urls.inventory, "SELECT order_id, status FROM reservations"),
    queryOnce<StatusRow>(urls.shipping, "SELECT order_id, status FROM shipments"),
    readProducts(urls.inventory),
  ]);
  const orderOf = new Map(orders.map((row) => [row.order_id, row]));
  const ledgerOf = new Map(ledger.map((account) => [account.orderId, account]));
  const strangePayments = strange.map((payment) => ({ ...(ledgerOf.get(payment.orderId) ?? nothing), ...payment }));
  for (const { orderId } of strange) ledgerOf.delete(orderId);
  const reservationOf = new Map(reservations.map((row) => [row.order_id, row.status]));
  const shipmentOf = new Map(shipments.map((row) => [row.order_id, row.status]));
  const ids = new Set([orderOf, ledgerOf, reservationOf, shipmentOf].flatMap((found) => [...found.keys()]));
  return {
    orders: [...ids].sort().map((orderId) => {
      const row = orderOf.get(orderId);
      return {
        ...(ledgerOf.get(orderId) ?? nothing),
        orderId,
        order: row && { status: row.status, saga: row.saga, totalMinor: row.total },
        reservation: reservationOf.get(orderId),
        shipment: shipmentOf.get(orderId),
      };
    }),
    products,
    strangePayments,
  };
}

/** Reads the inventory's books alone: what stood on the shelves before anything was ordered. */
export function readProducts(inventoryUrl: string): Promise<ProductAccount[]> {
  return queryOnce<ProductAccount>(inventoryUrl, productsQuery);
}

const nothing = { charged: 0, refunded: 0, charges: 0, refunds: 0 };

interface OrderRow {
  readonly order_id: string;
  readonly status: string;
  readonly saga: string;
  readonly total: number;
}

interface StatusRow {
  readonly order_id: string;
  readonly status: string;
}

const ordersQuery = `
  SELECT orders.id AS order_id, orders.status, order_sagas.status AS saga, coalesce(total_amount, 0)::float8 AS total
    FROM orders JOIN order_sagas ON order_sagas.order_id = orders.id`;

const productsQuery = `
  SELECT id AS "productId", on_hand AS "onHand", reserved,
         (SELECT coalesce(sum(delta), 0)::int FROM stock_adjustments WHERE product_id = products.id) AS adjusted,
         coalesce(sum((line ->> 'quantity')::int) FILTER (WHERE status = 'COMMITTED'), 0)::int AS sold,
         coalesce(sum((line ->> 'quantity')::int) FILTER (WHERE status = 'HELD'), 0)::int AS held
    FROM products
    LEFT JOIN (SELECT status, jsonb_array_elements(lines) AS line FROM reservations) AS lines
      ON line ->> 'productId' = products.id::text
   GROUP BY products.id ORDER BY products.id`;
