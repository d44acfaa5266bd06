import { randomUUID } from "node:crypto";
import { createRpcClient } from "@shop/platform/grpc-client";
import { OrderServiceService, OrderStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { faultsOf } from "../../src/audit/book-faults.ts";
import { type ProductAccount, readBooks, readProducts } from "../../src/audit/books.ts";
import { sumOf } from "./_local-orders.ts";
import { type Answer, openShop, orderIdEndingIn, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(90_000);

let shop: Shop;
let lamp: Product;
let before: readonly ProductAccount[];
const replicas = ["orders", "orders-2"];

beforeAll(async () => {
  shop = await openShop({ SAGA_OWNER_LOST_AFTER_MS: "2000" }, { replicas: { orders: 2 } });
  lamp = await shop.affordable();
  before = await readProducts(shop.system.databaseUrls.inventory ?? "");
}, 120_000);

afterAll(() => shop.close(), 60_000);

function place(orderId: string, headers: Record<string, string> = {}): Promise<Answer> {
  return shop.order({ orderId, items: [{ productId: lamp.id, quantity: 1 }] }, headers);
}

async function expectCompleted(ids: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      const rows = await shop.query<{ status: string }>("orders", "SELECT status FROM orders WHERE id = ANY ($1)", [
        ids,
      ]);
      expect(rows.map(({ status }) => status)).toEqual(Array(ids.length).fill("Completed"));
    },
    { timeoutMs: 40_000, intervalMs: 100 },
  );
  const { orders = "", inventory = "", payments = "", shipping = "" } = shop.system.databaseUrls;
  const books = await readBooks({ orders, inventory, payments, shipping });
  expect(faultsOf(books, before)).toEqual([]);
}

test("orders go to all replicas of the order service, and each answers for and shows what another runs", async () => {
  const submitted = async () => {
    const texts = replicas.map(async (name) => (await fetch(`${shop.system.opsUrls[name]}/metrics`)).text());
    return (await Promise.all(texts)).map((text) => sumOf(text, "order_submitted_total"));
  };
  const earlier = await submitted();
  const ids = Array.from({ length: 6 }, () => orderIdEndingIn("a"));
  for (const id of ids) expect((await place(id)).status).toBe(201);
  const shares = (await submitted()).map((count, index) => count - (earlier[index] ?? 0));
  expect(shares[0]).toBeGreaterThan(0);
  expect(shares[1]).toBe(ids.length - (shares[0] ?? 0));
  expect(shares[1]).toBeGreaterThan(0);

  const orderId = orderIdEndingIn("2"); // takes 1.5 s
  const headers = { "idempotency-key": randomUUID() };
  const placed = place(orderId, headers);
  await eventually(async () => {
    expect(await shop.query("orders", "SELECT id FROM orders WHERE id = $1", [orderId])).toHaveLength(1);
  });
  const again = [place(orderId, headers), place(orderId, headers)];
  const seen = await Promise.all(shop.system.grpcAddresses.map((address) => lastSeen(address, orderId)));
  expect(seen).toEqual([OrderStatus.ORDER_STATUS_COMPLETED, OrderStatus.ORDER_STATUS_COMPLETED]);
  const answers = await Promise.all([placed, ...again]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(answers[1]?.body).toEqual(answers[0]?.body);
  await expectCompleted([...ids, orderId]);
});

/** The order's status in the last message that a replica sends to who watches it there. */
async function lastSeen(address: string, orderId: string): Promise<OrderStatus | undefined> {
  const client = createRpcClient(OrderServiceService, { address });
  try {
    const authorization = `Bearer ${await shop.token("alice")}`;
    let last: OrderStatus | undefined;
    for await (const { order } of client.watchOrder({ orderId }, { timeoutMs: 20_000, authorization }))
      last = order?.status;
    return last;
  } finally {
    client.close();
  }
}

test("orders under way when a replica is killed go on at the other, and who asks again with the same key gets the result", async () => {
  const ids = ["2", "2", "a", "b", "2", "c", "2", "d", "e", "f"].map(orderIdEndingIn);
  const untilAnswered = async (orderId: string): Promise<number> => {
    const headers = { "idempotency-key": orderId };
    for (let tries = 1; ; tries += 1) {
      const { status } = await place(orderId, headers);
      if (status !== 503 || tries === 100) return status;
    }
  };
  const answers = ids.map(untilAnswered);
  await eventually(async () => {
    const rows = await shop.query("orders", "SELECT id FROM orders WHERE id = ANY ($1)", [ids]);
    expect(rows).toHaveLength(ids.length);
  });
  await shop.system.kill("orders-2");
  expect((await Promise.all(answers)).filter((status) => status !== 201 && status !== 202)).toEqual([]);
  await expectCompleted(ids);
  await shop.system.waitUntilReady("orders-2");
});

test("orders under way when every replica is killed go on when they are back, each with one charge", async () => {
  // Two that are retried for 1.5 s are surely under way; more of them at once would open the breaker of the payments.
  const ids = ["2", "2", "a", "b", "c", "d", "e", "f"].map(orderIdEndingIn);
  const answers = ids.map((orderId) => place(orderId).then(({ status }) => status));
  await eventually(async () => {
    const rows = await shop.query("orders", "SELECT id FROM orders WHERE id = ANY ($1)", [ids]);
    expect(rows).toHaveLength(ids.length);
  });
  await Promise.all(replicas.map((name) => shop.system.kill(name)));
  const statuses = await Promise.all(answers);
  expect(statuses.slice(0, 2)).toEqual([503, 503]);
  expect(statuses.filter((status) => status !== 503 && status !== 201)).toEqual([]);
  await expectCompleted(ids);
  await eventually(
    async () => {
      const sql = "SELECT order_id FROM notifications WHERE status = 'SENT' AND order_id = ANY ($1) ORDER BY order_id";
      const told = await shop.query<{ order_id: string }>("notifications", sql, [ids]);
      expect(told.map(({ order_id }) => order_id)).toEqual([...ids].sort());
    },
    { timeoutMs: 40_000 },
  );
});
