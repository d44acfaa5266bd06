import { eventually } from "@shop/testkit/eventually";
import { HOME, openShop, orderIdEndingIn, type Shop } from "./_shop.ts";

jest.setTimeout(60_000);

/** The REST door answers long before an order whose payment fails twice can have ended. */
const HASTY = { ANSWER_WITHIN_MS: "100", SAGA_RETRY_ATTEMPTS: "5", SAGA_RETRY_DELAY_MS: "1000" };

let shop: Shop;

beforeAll(async () => {
  shop = await openShop(HASTY);
}, 120_000);

afterAll(() => shop.close(), 60_000);

test("an order that takes longer than its caller is kept waiting is answered with 202, goes on, and is told under the same key", async () => {
  const product = await shop.affordable();
  const key = { "idempotency-key": "basket-1" };
  const body = {
    orderId: orderIdEndingIn("2"),
    items: [{ productId: product.id, quantity: 1 }],
    shippingAddress: HOME,
  };

  const first = await shop.order(body, key);

  expect(first.status).toBe(202);
  expect(first.headers.get("location")).toBe(`/api/orders/${body.orderId}`);
  expect(first.headers.get("idempotency-replayed")).toBeNull();
  expect(["Submitted", "InventoryReserved"]).toContain(first.body.status);

  const ended = await eventually(
    async () => {
      const again = await shop.order(body, key);
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      expect(again.status).toBe(201);
      return again;
    },
    { timeoutMs: 30_000 },
  );

  expect(ended.body).toMatchObject({ id: body.orderId, status: "Completed" });
  const read = await shop.get(`/api/orders/${body.orderId}`, await shop.token("alice"));
  expect(read.body).toEqual(ended.body);
  const [count] = await shop.query<{ n: string }>("payments", "SELECT count(*) AS n FROM payments");
  expect(Number(count?.n)).toBe(1);
});
