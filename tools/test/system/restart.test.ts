import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { openShop, orderIdEndingIn, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(60_000);

let shop: Shop;
let lamp: Product;

beforeAll(async () => {
  shop = await openShop();
  const product = (await shop.products()).find(
    ({ price, available }) => Number(price.amount) < 100 && available >= 100,
  );
  if (product === undefined) throw new Error("the catalogue has nothing to order");
  lamp = product;
}, 120_000);

afterAll(() => shop.close(), 60_000);

async function query<Row extends pg.QueryResultRow>(
  service: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: shop.system.databaseUrls[service] });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

test("orders under way when the order service is killed go on when it is back, each with one charge", async () => {
  const ids = Array.from({ length: 8 }, () => orderIdEndingIn("2"));
  const before = (await shop.get(`/api/products/${lamp.id}`)).body.available;
  const answers = ids.map((orderId) =>
    shop.order({ orderId, items: [{ productId: lamp.id, quantity: 1 }] }).then(({ status }) => status),
  );
  await eventually(async () => {
    const [row] = await query<{ n: string }>("orders", "SELECT count(*) AS n FROM orders");
    return Number(row?.n) === ids.length;
  });
  await shop.system.kill("orders");
  expect(new Set(await Promise.all(answers))).toEqual(new Set([503]));

  await eventually(
    async () => {
      const rows = await query<{ status: string }>("orders", "SELECT status FROM orders WHERE id = ANY ($1)", [ids]);
      expect(rows.map(({ status }) => status)).toEqual(Array(ids.length).fill("Completed"));
    },
    { timeoutMs: 40_000 },
  );
  const charges = await query<{ key: string }>("payments", "SELECT key FROM sandbox_ledger WHERE kind = 'charge'");
  expect(charges.map(({ key }) => key).sort()).toEqual([...ids].sort());
  expect((await shop.get(`/api/products/${lamp.id}`)).body.available).toBe(before - ids.length);
});

test("an order placed while payment is away is answered with 202 and goes on when it is back", async () => {
  await shop.system.stopService("payments");
  const placed = await shop.order({ items: [{ productId: lamp.id, quantity: 1 }] });
  expect([placed.status, placed.body.status]).toEqual([202, "InventoryReserved"]);
  expect(placed.headers.get("location")).toBe(`/api/orders/${placed.body.id}`);
  expect((await shop.get("/health")).status).toBe(503);

  await shop.system.startService("payments");
  await eventually(
    async () => {
      const { body } = await shop.get(`/api/orders/${placed.body.id}`, await shop.token("alice"));
      expect(body.status).toBe("Completed");
    },
    { timeoutMs: 40_000 },
  );
});
