import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { silentLog } from "@shop/platform/logging";
import { createPool, inTransaction, migrate } from "@shop/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import type pg from "pg";
import type { OrderStatus } from "../../src/domain/order.ts";
import { createOrderProjection } from "../../src/store/order-projection.ts";
import { insertOrders, type NewOrder, updateOrders } from "../../src/store/orders.ts";
import { ADDRESS, PRODUCT } from "./_orders.ts";

const ALICE = randomUUID();

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = silentLog();
  await migrate({ url: database.url, directory: join(import.meta.dirname, "../../src/store/migrations"), log });
  pool = createPool({ url: database.url, applicationName: "test", log });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function newOrder(change: Partial<NewOrder> = {}): NewOrder {
  return {
    id: randomUUID(),
    userId: ALICE,
    lines: [{ productId: PRODUCT, quantity: 1 }],
    shippingAddress: ADDRESS,
    paymentMethod: "pm_ok",
    fingerprint: "f",
    ...change,
  };
}

async function statusOf(id: string): Promise<OrderStatus | undefined> {
  return (await pool.query<{ status: OrderStatus }>("SELECT status FROM orders WHERE id = $1", [id])).rows[0]?.status;
}

test.each<[OrderStatus, OrderStatus]>([
  ["Completed", "Failed"],
  ["Failed", "Completed"],
  ["Completed", "PaymentProcessed"],
  ["Failed", "Submitted"],
])("an order that is %s never becomes %s", async (final, other) => {
  const { id, lines: items } = newOrder();
  await insertOrders(pool, [newOrder({ id })]);
  for (const status of ["InventoryReserved", final, other] as const) await updateOrders(pool, [{ id, status, items }]);

  expect(await statusOf(id)).toBe(final);
});

test.each([1, 2])("finds %d orders by their keys, by a plan that is made while there are none", async (count) => {
  let plan = "";
  const explaining = {
    query: async ({ text }: { text: string }) => {
      const { rows } = await pool.query(`EXPLAIN (GENERIC_PLAN) ${text}`);
      plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    },
  } as unknown as pg.Pool;
  const progress = { id: randomUUID(), status: "Completed", items: newOrder().lines } as const;
  await updateOrders(explaining, Array(count).fill(progress));
  expect(plan).toContain("Index Scan using orders_pkey on orders");
  expect(plan).not.toMatch(/Seq Scan|Hash/);
});

test("tells of the creation of an order, and of none that lost to another", async () => {
  const projection = createOrderProjection<object>({ progress: () => expect.anything(), events: () => [] });
  const idempotencyKey = randomUUID();
  const [winner, loser, free] = [newOrder({ idempotencyKey }), newOrder({ idempotencyKey }), newOrder()];
  const again = newOrder({ id: winner.id });
  const intents = (orders: NewOrder[]) =>
    orders.map((entity) => ({ sagaId: randomUUID(), key: entity.id, data: {}, entity }));

  const inserted = await inTransaction(pool, (tx) => projection.insert(tx, intents([winner, free])));
  expect([...inserted].sort()).toEqual([winner.id, free.id].sort());
  expect([...(await inTransaction(pool, (tx) => projection.insert(tx, intents([loser, again]))))]).toEqual([]);

  const sql = "SELECT payload ->> 'orderId' AS id FROM outbox WHERE payload ->> 'userId' = $1";
  const { rows } = await pool.query<{ id: string }>(sql, [ALICE]);
  expect(rows.map(({ id }) => id).sort()).toEqual([winner.id, free.id].sort());
});

describe("two batches that meet at their", () => {
  const ids = () => [randomUUID(), randomUUID(), randomUUID()].sort();
  const inOrderOfIds = (keys: string[]) => {
    const own = ids();
    return keys.map((idempotencyKey, place) => newOrder({ id: own[place], idempotencyKey }));
  };

  async function waiting(): Promise<number> {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    return (await pool.query(sql)).rows.length;
  }

  /**
   * One batch in this order and one in the reverse, and a transaction that holds the middle one until both wait: without
   * one order of the locks each would have its first, and want the other's.
   */
  test.each<[string, (values: string[]) => NewOrder[], string[]]>([
    ["idempotency keys", (keys) => keys.map((idempotencyKey) => newOrder({ idempotencyKey })), ["a", "b", "c"]],
    ["keys, against their ids,", inOrderOfIds, ["d", "e", "f"]],
    ["order ids", (own) => own.map((id) => newOrder({ id })), ids()],
  ])("%s do not deadlock", async (_name, batchOf, values) => {
    const holder = await pool.connect();
    const insert = (batch: NewOrder[]) => inTransaction(pool, (tx) => insertOrders(tx, batch));
    try {
      await holder.query("BEGIN");
      await insertOrders(holder, batchOf(values).slice(1, 2));
      const batches = Promise.all([insert(batchOf(values)), insert(batchOf([...values].reverse()))]);
      await eventually(async () => expect(await waiting()).toBe(2));
      await holder.query("ROLLBACK");

      const inserted = await batches;
      expect(inserted.map(({ size }) => size).sort()).toEqual([0, 3]);
    } finally {
      holder.release(true);
    }
  });
});
