import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { silentLog } from "@shop/platform/logging";
import { createPool, migrate } from "@shop/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import type pg from "pg";
import { listOrders } from "../../src/store/list-orders.ts";

const ALICE = randomUUID();
const BOB = randomUUID();

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

beforeEach(() => pool.query("TRUNCATE orders CASCADE"));

/** Puts in so many orders of a user, three to each microsecond: only their ids tell them apart then. */
async function placeOrders(userId: string, count: number, since = "2026-01-01T00:00:00.000001Z"): Promise<void> {
  await pool.query(
    `INSERT INTO orders (id, user_id, status, items, shipping_address, payment_method, fingerprint, created_at)
     SELECT gen_random_uuid(), $1, 'Submitted', '[]', '{}', 'pm_ok', 'f', $3::timestamptz + (n / 3) * interval '1 microsecond'
       FROM generate_series(1, $2::int) AS n`,
    [userId, count, since],
  );
}

async function idsInOrder(userId?: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT id FROM orders WHERE $1::uuid IS NULL OR user_id = $1 ORDER BY created_at DESC, id DESC`,
    [userId ?? null],
  );
  return rows.map(({ id }) => id);
}

/** All slices one after the other; between two of them `meanwhile` happens. */
async function readAll(limit: number, userId?: string, meanwhile = async () => {}): Promise<string[]> {
  const ids: string[] = [];
  let after: readonly string[] | undefined;
  for (;;) {
    const slice = await listOrders(pool, { userId, after, limit });
    ids.push(...slice.map(({ order }) => order.id));
    if (slice.length < limit) return ids;
    after = slice.at(-1)?.keys;
    await meanwhile();
  }
}

test.each([1, 2, 7, 40, 41, 100])("reads every order once, the newest first, %i at a time", async (limit) => {
  await placeOrders(ALICE, 40);
  await placeOrders(BOB, 5);

  expect(await readAll(limit, ALICE)).toEqual(await idsInOrder(ALICE));
  expect(await readAll(limit)).toEqual(await idsInOrder());
});

test("what is placed between two slices changes nothing of those that follow", async () => {
  await placeOrders(ALICE, 30);
  const before = await idsInOrder(ALICE);

  expect(await readAll(4, ALICE, () => placeOrders(ALICE, 3, "2026-06-01T00:00:00Z"))).toEqual(before);
  expect(await readAll(4, randomUUID())).toEqual([]);
});

test.each([
  ["one user's", ALICE, "orders_of_user"],
  ["everybody's", undefined, "orders_by_time"],
])("an index carries a slice in the midst of %s, and reads no more than the slice", async (_, userId, index) => {
  await placeOrders(ALICE, 3000);
  await placeOrders(BOB, 3000);
  await pool.query("ANALYZE orders");
  const [, , middle] = await listOrders(pool, { userId, limit: 1500 });

  const plan = await explained({ userId, after: middle?.keys, limit: 21 });

  expect(plan).toContain(`Index Scan Backward using ${index}`);
  expect(plan).not.toContain("Sort");
  expect(plan).not.toContain("Seq Scan");
  expect(plan).not.toContain("Rows Removed by Filter");
  expect(plan).toMatch(/Index Scan.* \(actual rows=21[. ]/);
});

/** The plan of the statement that `listOrders` sends, as it was carried out. */
async function explained(slice: Parameters<typeof listOrders>[1]): Promise<string> {
  const client = await pool.connect();
  try {
    let plan = "";
    const spy = {
      query: async ({ text, values }: { text: string; values: unknown[] }) => {
        const sql = `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ${text}`;
        const { rows } = await client.query<{ "QUERY PLAN": string }>(sql, values);
        plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
        return { rows: [] };
      },
    };
    await listOrders(spy as unknown as pg.Pool, slice);
    return plan;
  } finally {
    client.release();
  }
}
