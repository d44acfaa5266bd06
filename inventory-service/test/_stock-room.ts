import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { silentLog } from "@shop/platform/logging";
import { createPool, migrate } from "@shop/platform/postgres";
import { createTestDatabase } from "@shop/testkit/database";
import { noForcedShortage } from "../src/domain/availability.ts";
import { asOrderId, asProductId, type OrderId, type ProductId } from "../src/domain/ids.ts";
import type { Product } from "../src/domain/product.ts";
import type { Reservation } from "../src/domain/reservation.ts";
import type { Database } from "../src/store/database.ts";
import { insertProducts } from "../src/store/insert-products.ts";
import { readProducts } from "../src/store/read-products.ts";
import { createReservationBook, type ReservationBook } from "../src/store/reservation-book.ts";

export const migrations = join(import.meta.dirname, "..", "src", "store", "migrations");

/** A database with the service's tables and two books on it, as two processes would have them. */
export interface StockRoom {
  readonly database: Database;
  readonly books: readonly [ReservationBook, ReservationBook];
  addProducts(onHand: readonly number[]): Promise<ProductId[]>;
  stockOf(id: ProductId): Promise<Pick<Product, "onHand" | "reserved">>;
  statusOf(id: OrderId): Promise<Reservation["status"] | undefined>;
  /** Holds one unit for each of so many new orders, whose time is then over. */
  holdOverdue(id: ProductId, count: number): Promise<OrderId[]>;
  /** How many connections wait for another one's lock. */
  waitingForLocks(): Promise<number>;
  close(): Promise<void>;
}

export async function openStockRoom({ ttlMs = 900_000 }: { ttlMs?: number } = {}): Promise<StockRoom> {
  const { url, drop } = await createTestDatabase();
  const log = silentLog();
  await migrate({ url, directory: migrations, log });
  const database = createPool({ url, applicationName: "stock-room", log });
  const rules = { ttlMs, isForcedShortage: noForcedShortage };
  const books = [createReservationBook(database, rules), createReservationBook(database, rules)] as const;
  return {
    database,
    books,
    async addProducts(onHand) {
      const products = onHand.map(newProduct);
      await insertProducts(database, products);
      return products.map(({ id }) => id);
    },
    async stockOf(id) {
      const product = (await readProducts(database, [id])).get(id);
      if (product === undefined) throw new Error(`there is no product ${id}`);
      return { onHand: product.onHand, reserved: product.reserved };
    },
    async statusOf(id) {
      const { rows } = await database.query<{ status: Reservation["status"] }>(
        "SELECT status FROM reservations WHERE order_id = $1",
        [id],
      );
      return rows[0]?.status;
    },
    async holdOverdue(productId, count) {
      const orders = Array.from({ length: count }, newOrderId);
      const lines = [{ productId, quantity: 1 }];
      await Promise.all(orders.map((orderId) => books[0].apply({ kind: "reserve", orderId, lines })));
      await database.query("UPDATE reservations SET expires_at = now() WHERE order_id = ANY ($1::uuid[])", [orders]);
      return orders;
    },
    async waitingForLocks() {
      const { rows } = await database.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows[0]?.count ?? 0;
    },
    async close() {
      await Promise.all(books.map((book) => book.close()));
      await database.end();
      await drop();
    },
  };
}

export function newOrderId(): OrderId {
  return asOrderId(randomUUID());
}

function newProduct(onHand: number): Product {
  const id = asProductId(randomUUID());
  return { id, sku: id, name: `Product ${id}`, price: { minorUnits: 1999, currency: "USD" }, onHand, reserved: 0 };
}
