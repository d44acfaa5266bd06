import { eventually } from "@shop/testkit/eventually";
import { openShop, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(60_000);

let shop: Shop;
let lamp: Product;

beforeAll(async () => {
  shop = await openShop();
  lamp = await shop.affordable();
}, 120_000);

afterAll(() => shop.close(), 60_000);

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
