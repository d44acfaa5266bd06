import { randomUUID } from "node:crypto";
import { silentLog } from "@shop/platform/logging";
import { createPool, migrate } from "@shop/platform/postgres";
import { createTestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { noForcedShortage } from "../src/domain/availability.ts";
import { asProductId, type OrderId, type ProductId } from "../src/domain/ids.ts";
import type { Decision, Reservation } from "../src/domain/reservation.ts";
import { adjustStock } from "../src/store/adjust-stock.ts";
import type { Database } from "../src/store/database.ts";
import { insertProducts } from "../src/store/insert-products.ts";
import { createReservationBook, type ReservationBook } from "../src/store/reservation-book.ts";
import { migrations, newOrderId } from "./_stock-room.ts";

const productCount = 20;
const linesPerOrder = 5;
const instanceCount = 3;
const callers = 600;
const ordersPerAdjustment = 50;

/** What a storm left behind. */
export interface Aftermath {
  /** Deadlocks that the database has ever found. */
  readonly deadlocks: number;
  /** Orders that were told of two endings, or of another than the database has. */
  readonly contradictions: readonly string[];
  /** How many orders ended in each state. */
  readonly endings: Readonly<Partial<Record<Reservation["status"], number>>>;
  /** Products whose units do not add up: what was there and was added against what is there and was sold. */
  readonly miscounted: readonly object[];
}

/** One process of the service: connections and a book of its own. */
interface Instance {
  readonly database: Database;
  readonly book: ReservationBook;
}

/**
 * Sends orders of five lines over twenty products, in every order of lines, through several instances on one database:
 * reserved, then committed, released or expired, some of it at once, while the stock is adjusted.
 */
export async function runOrderStorm({ orders, onHand }: { orders: number; onHand: number }): Promise<Aftermath> {
  const { url, drop } = await createTestDatabase();
  await migrate({ url, directory: migrations, log: silentLog() });
  const instances = Array.from({ length: instanceCount }, () => openInstance(url));
  try {
    const storm = createStorm(instances, await addProducts(instances[0] as Instance, onHand));
    let next = 0;
    const call = async (): Promise<void> => {
      while (next < orders) await storm.placeOrder(next++);
    };
    await Promise.all(Array.from({ length: callers }, call));
    return await inspect(url, storm.told, onHand, () => closeAll(instances));
  } finally {
    await closeAll(instances);
    await drop();
  }
}

function openInstance(url: string): Instance {
  const database = createPool({ url, applicationName: "order-storm", log: silentLog() });
  return { database, book: createReservationBook(database, { ttlMs: 900_000, isForcedShortage: noForcedShortage }) };
}

async function closeAll(instances: readonly Instance[]): Promise<void> {
  await Promise.all(
    instances.map(async ({ database, book }) => {
      await book.close();
      if (!database.ended) await database.end();
    }),
  );
}

async function addProducts({ database }: Instance, onHand: number): Promise<ProductId[]> {
  const ids = Array.from({ length: productCount }, () => asProductId(randomUUID()));
  const price = { minorUnits: 1999, currency: "USD" };
  await insertProducts(
    database,
    ids.map((id) => ({ id, sku: id, name: id, price, onHand, reserved: 0 })),
  );
  return ids;
}

/** Orders that end, each in one of several ways, and what they were told of it. */
function createStorm(instances: readonly Instance[], products: readonly ProductId[]) {
  const random = createRandom();
  const told = new Map<OrderId, Reservation["status"][]>();
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;

  async function ask(kind: "commit" | "release" | "expire", orderId: OrderId): Promise<void> {
    note(orderId, await pick(instances).book.apply({ kind, orderId }));
  }

  async function reserve(orderId: OrderId): Promise<void> {
    const lines = shuffled(products, random)
      .slice(0, linesPerOrder)
      .map((productId) => ({ productId, quantity: 1 + random(3) }));
    const command = { kind: "reserve", orderId, lines } as const;
    const isSentTwice = random(20) === 0;
    const books = isSentTwice ? [pick(instances).book, pick(instances).book] : [pick(instances).book];
    for (const decision of await Promise.all(books.map((book) => book.apply(command)))) note(orderId, decision);
  }

  function note(orderId: OrderId, decision: Decision): void {
    if (decision.kind !== "changed" || decision.reservation.status === "HELD") return;
    told.set(orderId, [...(told.get(orderId) ?? []), decision.reservation.status]);
  }

  const endings: readonly ((orderId: OrderId) => Promise<unknown>)[] = [
    (orderId) => ask("commit", orderId),
    (orderId) => ask("commit", orderId),
    (orderId) => ask("commit", orderId),
    (orderId) => ask("release", orderId),
    (orderId) => ask("release", orderId),
    (orderId) => ask("expire", orderId),
    (orderId) => Promise.all([ask("commit", orderId), ask("release", orderId)]),
    (orderId) => Promise.all([ask("commit", orderId), ask("expire", orderId)]),
    (orderId) => Promise.all([ask("release", orderId), ask("expire", orderId), ask("commit", orderId)]),
  ];

  return {
    told,
    async placeOrder(index: number): Promise<void> {
      const orderId = newOrderId();
      if (random(30) === 0) await Promise.all([reserve(orderId), ask("release", orderId)]);
      else await reserve(orderId);
      await pick(endings)(orderId);
      if (index % ordersPerAdjustment === 0) await adjust(pick(instances), pick(products), pick([-2, 1, 3]));
    },
  };
}

/** Twice at once, as an impatient Admin would. */
async function adjust({ database }: Instance, productId: ProductId, delta: number): Promise<void> {
  const adjustment = { id: randomUUID(), productId, delta, reason: "stocktaking", userId: randomUUID() };
  await Promise.all([adjustStock(database, adjustment), adjustStock(database, adjustment)]);
}

/** Looks at what is left once every connection of the storm is gone, for only then the database has counted everything. */
async function inspect(
  url: string,
  told: ReadonlyMap<OrderId, readonly Reservation["status"][]>,
  onHand: number,
  close: () => Promise<void>,
): Promise<Aftermath> {
  await close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await eventually(async () => (await othersOn(client)) === 0, { timeoutMs: 30_000 });
    const { rows } = await client.query<{ order_id: OrderId; status: Reservation["status"] }>(
      "SELECT order_id, status FROM reservations",
    );
    const endings: Partial<Record<Reservation["status"], number>> = {};
    for (const { status } of rows) endings[status] = (endings[status] ?? 0) + 1;
    return {
      deadlocks: await deadlocksOf(client),
      contradictions: rows.flatMap(({ order_id, status }) => contradictionOf(order_id, told.get(order_id), status)),
      endings,
      miscounted: await findMiscounted(client, onHand),
    };
  } finally {
    await client.end();
  }
}

/** An order is told once how it ended, and a refused one that was given back of both. */
function contradictionOf(
  orderId: OrderId,
  told: readonly Reservation["status"][] = [],
  status: Reservation["status"],
): string[] {
  const endings = status === "RELEASED" ? told.filter((ending) => ending !== "REFUSED") : told;
  const isRight = endings.length === 1 && endings[0] === status;
  return isRight ? [] : [`order ${orderId} is ${status} and was told ${told.join(", ")}`];
}

async function othersOn(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  return rows[0]?.count ?? Number.NaN;
}

async function deadlocksOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ deadlocks: number }>(
    "SELECT deadlocks::integer FROM pg_stat_database WHERE datname = current_database()",
  );
  return rows[0]?.deadlocks ?? Number.NaN;
}

async function findMiscounted(client: pg.Client, onHand: number): Promise<object[]> {
  const { rows } = await client.query<object>(
    `SELECT products.id, on_hand, reserved, sold, held, added FROM products
     LEFT JOIN LATERAL (SELECT coalesce(sum(delta), 0) AS added FROM stock_adjustments WHERE product_id = products.id) AS a ON true
     LEFT JOIN (
       SELECT line ->> 'productId' AS product_id,
         sum((line ->> 'quantity')::integer) FILTER (WHERE status = 'COMMITTED') AS sold,
         sum((line ->> 'quantity')::integer) FILTER (WHERE status = 'HELD') AS held
       FROM reservations, jsonb_array_elements(lines) AS line GROUP BY 1
     ) AS orders ON orders.product_id = products.id::text
     WHERE on_hand + coalesce(sold, 0) <> $1 + added OR reserved <> coalesce(held, 0)`,
    [onHand],
  );
  return rows;
}

function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const copy = [...items];
  for (let index = copy.length - 1; index > 0; index--) {
    const other = random(index + 1);
    [copy[index], copy[other]] = [copy[other] as T, copy[index] as T];
  }
  return copy;
}

/** Whole numbers from 0, the same in every run. */
function createRandom(): (below: number) => number {
  let state = 20_261_121;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
