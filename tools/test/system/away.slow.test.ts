import { eventually } from "@shop/testkit/eventually";
import { openShop, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(90_000);

let shop: Shop;
let lamp: Product;

beforeAll(async () => {
  shop = await openShop();
  lamp = await shop.affordable();
}, 120_000);

afterAll(() => shop.close(), 60_000);

/** The dead letters of an order, as an operator reads them. */
async function letters(orderId: string): Promise<string[]> {
  const { body } = await shop.get(`/api/dead-letters?pageSize=100`, await shop.token("oscar"));
  const found = body.deadLetters as { orderId: string; step: string; status: string }[];
  return found.filter((letter) => letter.orderId === orderId).map(({ step, status }) => `${step} ${status}`);
}

test.each([
  ["inventory", "Submitted", "ValidateInventory"],
  ["payments", "InventoryReserved", "ProcessPayment"],
])(
  "an order placed while the %s is away is answered with 202 and goes on when it is back",
  async (name, status, step) => {
    await shop.system.stopService(name);
    const placed = await shop.order({ items: [{ productId: lamp.id, quantity: 1 }] });
    expect([placed.status, placed.body.status]).toEqual([202, status]);
    expect(placed.headers.get("location")).toBe(`/api/orders/${placed.body.id}`);
    expect((await shop.get("/health")).status).toBe(503);
    expect(await letters(placed.body.id)).toEqual([`${step} Open`]);

    await shop.system.startService(name);
    await eventually(
      async () => {
        const { body } = await shop.get(`/api/orders/${placed.body.id}`, await shop.token("alice"));
        expect(body.status).toBe("Completed");
      },
      { timeoutMs: 40_000 },
    );
  },
);
