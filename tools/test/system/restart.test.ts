import { eventually } from "@shop/testkit/eventually";
import { openShop, orderIdEndingIn, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(60_000);

let shop: Shop;
let lamp: Product;

beforeAll(async () => {
  shop = await openShop();
  lamp = await shop.affordable();
}, 120_000);

afterAll(() => shop.close(), 60_000);

test("orders under way when the order service is killed go on when it is back, each with one charge", async () => {
  // Two that are retried for 1.5 s are surely under way; more of them at once would open the breaker of the payments.
  const ids = ["2", "2", "a", "b", "c", "d", "e", "f"].map(orderIdEndingIn);
  const before = (await shop.get(`/api/products/${lamp.id}`)).body.available;
  const answers = ids.map((orderId) =>
    shop.order({ orderId, items: [{ productId: lamp.id, quantity: 1 }] }).then(({ status }) => status),
  );
  await eventually(async () => {
    const [row] = await shop.query<{ n: string }>("orders", "SELECT count(*) AS n FROM orders");
    return Number(row?.n) === ids.length;
  });
  await shop.system.kill("orders");
  const statuses = await Promise.all(answers);
  expect(statuses.slice(0, 2)).toEqual([503, 503]);
  expect(statuses.filter((status) => status !== 503 && status !== 201)).toEqual([]);

  await eventually(
    async () => {
      const rows = await shop.query<{ status: string }>("orders", "SELECT status FROM orders WHERE id = ANY ($1)", [
        ids,
      ]);
      expect(rows.map(({ status }) => status)).toEqual(Array(ids.length).fill("Completed"));
    },
    { timeoutMs: 40_000 },
  );
  const charges = await shop.query<{ key: string }>("payments", "SELECT key FROM sandbox_ledger WHERE kind = 'charge'");
  expect(charges.map(({ key }) => key).sort()).toEqual([...ids].sort());
  expect((await shop.get(`/api/products/${lamp.id}`)).body.available).toBe(before - ids.length);
});
