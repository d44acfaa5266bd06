import pg from "pg";
import { type LedgerAccount, readMongoLedger } from "./mongo-ledger.ts";

/** Where each service keeps its books: connection strings, that of the payments of PostgreSQL or of MongoDB. */
export interface BookUrls {
  readonly orders: string;
  readonly inventory: string;
  readonly payments: string;
  readonly shipping: string;
}

/** What the services' books say of one order; what a service has never heard of is absent. */
export interface OrderAccount {
  readonly orderId: string;
  /** Of the order and of its saga, such as Completed. */
  readonly order?: { readonly status: string; readonly saga: string; readonly totalMinor: number };
  /** Minor units, and how many entries of the provider's ledger they come from. */
  readonly charged: number;
  readonly refunded: number;
  readonly charges: number;
  readonly refunds: number;
  /** Of the reservation: HELD, COMMITTED, RELEASED, EXPIRED or REFUSED. */
  readonly reservation?: string;
  /** Of the shipment: SCHEDULED, REFUSED or CANCELLED. */
  readonly shipment?: string;
}

/** What the inventory's books say of one product. */
export interface ProductAccount {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
  /** By its reservations: what is sold, and what is held. */
  readonly sold: number;
  readonly held: number;
}

/** The books of all services, read one after the other: exact only while nothing is under way. */
export interface Books {
  readonly orders: readonly OrderAccount[];
  readonly products: readonly ProductAccount[];
}

/** Reads the books of all services. */
export async function readBooks(urls: BookUrls): Promise<Books> {
  const [orders, ledger, reservations, shipments, products] = await Promise.all([
    query<OrderRow>(urls.orders, ordersQuery),
    readLedger(urls.payments),
    query<StatusRow>(urls.inventory, "SELECT order_id, status FROM reservations"),
    query<StatusRow>(urls.shipping, "SELECT order_id, status FROM shipments"),
    readProducts(urls.inventory),
  ]);
  const orderOf = new Map(orders.map((row) => [row.order_id, row]));
  const ledgerOf = new Map(ledger.map((row) => [row.order_id, row]));
  const reservationOf = new Map(reservations.map((row) => [row.order_id, row.status]));
  const shipmentOf = new Map(shipments.map((row) => [row.order_id, row.status]));
  const ids = new Set([orderOf, ledgerOf, reservationOf, shipmentOf].flatMap((found) => [...found.keys()]));
  return {
    orders: [...ids].sort().map((orderId) => {
      const { charged = 0, refunded = 0, charges = 0, refunds = 0 } = ledgerOf.get(orderId) ?? {};
      const row = orderOf.get(orderId);
      return {
        orderId,
        order: row && { status: row.status, saga: row.saga, totalMinor: row.total },
        charged,
        refunded,
        charges,
        refunds,
        reservation: reservationOf.get(orderId),
        shipment: shipmentOf.get(orderId),
      };
    }),
    products,
  };
}

/** Reads the inventory's books alone: what stood on the shelves before anything was ordered. */
export function readProducts(inventoryUrl: string): Promise<ProductAccount[]> {
  return query<ProductAccount>(inventoryUrl, productsQuery);
}

/**
 * By the provider's own ledger: what the payments' documents say is only what the service believes. A PostgreSQL whose
 * payment service has never kept anything there has none, and rejects: no books are not empty books.
 */
function readLedger(url: string): Promise<LedgerAccount[]> {
  return /^mongodb(\+srv)?:/.test(url) ? readMongoLedger(url) : query<LedgerAccount>(url, ledgerQuery);
}

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

const ledgerQuery = `
  SELECT charge_key AS order_id,
         coalesce(sum(minor_units) FILTER (WHERE kind = 'charge'), 0)::float8 AS charged,
         coalesce(sum(minor_units) FILTER (WHERE kind = 'refund'), 0)::float8 AS refunded,
         count(*) FILTER (WHERE kind = 'charge')::int AS charges,
         count(*) FILTER (WHERE kind = 'refund')::int AS refunds
    FROM sandbox_ledger WHERE kind <> 'decline' GROUP BY charge_key`;

const productsQuery = `
  SELECT id AS "productId", on_hand AS "onHand", reserved,
         coalesce(sum((line ->> 'quantity')::int) FILTER (WHERE status = 'COMMITTED'), 0)::int AS sold,
         coalesce(sum((line ->> 'quantity')::int) FILTER (WHERE status = 'HELD'), 0)::int AS held
    FROM products
    LEFT JOIN (SELECT status, jsonb_array_elements(lines) AS line FROM reservations) AS lines
      ON line ->> 'productId' = products.id::text
   GROUP BY products.id ORDER BY products.id`;

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 30_000 });
  client.on("error", () => undefined); // told by the query
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
