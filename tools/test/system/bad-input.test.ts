import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import { CreateOrderRequest, type DeepPartial } from "@shop/protos/gen/shop/orders/v1/orders";
import pg from "pg";
import { HOME, openShop, type PostOptions, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(60_000);

let shop: Shop;
let lamp: Product;

beforeAll(async () => {
  shop = await openShop();
  const product = (await shop.products()).find(({ available }) => available >= 100);
  if (product === undefined) throw new Error("the catalogue has nothing to order");
  lamp = product;
}, 120_000);

afterAll(() => shop.close(), 60_000);

/** How many orders there are; a refused request must not change it. */
async function orderCount(): Promise<number> {
  const client = new pg.Client({ connectionString: shop.system.databaseUrls.orders });
  await client.connect();
  try {
    const { rows } = await client.query(
      "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_sagas) AS n",
    );
    return Number(rows[0].n);
  } finally {
    await client.end();
  }
}

interface BadRequest {
  readonly body: unknown;
  readonly options?: PostOptions;
  readonly status: number;
  readonly code: string;
  readonly field?: string;
}

function good(change: Record<string, unknown> = {}): Record<string, unknown> {
  return { items: [{ productId: lamp.id, quantity: 1 }], ...change };
}

function item(change: Record<string, unknown>): Record<string, unknown> {
  return good({ items: [{ productId: lamp.id, quantity: 1, ...change }] });
}

const REST: Record<string, () => BadRequest | Promise<BadRequest>> = {
  "quantity 0": () => ({
    body: item({ quantity: 0 }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "items[0].quantity",
  }),
  "quantity 10,001": () => ({
    body: item({ quantity: 10_001 }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "items[0].quantity",
  }),
  "a quantity in words": () => ({
    body: item({ quantity: "two" }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "items[0].quantity",
  }),
  "empty items": () => ({ body: good({ items: [] }), status: 400, code: "VALIDATION_FAILED", field: "items" }),
  "no items": () => ({ body: {}, status: 400, code: "VALIDATION_FAILED", field: "items" }),
  "101 lines": () => ({
    body: good({ items: Array.from({ length: 101 }, () => ({ productId: lamp.id, quantity: 1 })) }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "items",
  }),
  "a product id that is no UUID": () => ({
    body: item({ productId: "lamp" }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "items[0].productId",
  }),
  "an order id that is no UUID": () => ({
    body: good({ orderId: "42" }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "orderId",
  }),
  "half an address": () => ({
    body: good({ shippingAddress: { street: "1 Main St", city: "Springfield", country: "US" } }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "shippingAddress.zipCode",
  }),
  "U+0000": () => ({
    body: good({ shippingAddress: { ...HOME, street: "1\u0000" } }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "shippingAddress.street",
  }),
  "a payment method that is not taken": () => ({
    body: good({ paymentMethod: "pm_gold" }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "paymentMethod",
  }),
  "an unknown field": () => ({
    body: good({ coupon: "10OFF" }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "coupon",
  }),
  "an unknown field of a line": () => ({
    body: item({ colour: "red" }),
    status: 400,
    code: "VALIDATION_FAILED",
    field: "items[0].colour",
  }),
  "invalid JSON": () => ({ body: '{"items": [', status: 400, code: "MALFORMED_BODY" }),
  "invalid UTF-8": () => ({
    body: Buffer.concat([Buffer.from('{"paymentMethod":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    status: 400,
    code: "MALFORMED_BODY",
  }),
  "a wrong content type": () => ({
    body: "items=1",
    options: { headers: { "content-type": "text/plain" } },
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
  }),
  "a body of over 256 kB": () => ({
    body: JSON.stringify(good({ paymentMethod: "x".repeat(300_000) })),
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
  }),
  "another user's name by a customer": () => ({
    body: good({ userId: randomUUID() }),
    status: 403,
    code: "PERMISSION_DENIED",
  }),
};

test.each(Object.keys(REST))("REST refuses %s", async (name) => {
  const before = await orderCount();
  const bad = await REST[name]?.();
  if (bad === undefined) throw new Error(`no case ${name}`);
  const answer = await shop.post("/api/orders", bad.body, { token: await shop.token("alice"), ...bad.options });

  expect([answer.status, answer.body.code]).toEqual([bad.status, bad.code]);
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  if (bad.field !== undefined) {
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toContain(bad.field);
  }
  expect(await orderCount()).toBe(before);
});

describe("tokens", () => {
  test.each<[string, (token: string) => string | undefined]>([
    ["missing", () => undefined],
    ["tampered with", (token) => `${token.slice(0, -8)}AAAAAAAA`],
    ["no token at all", () => "not-a-token"],
  ])("REST refuses one that is %s", async (_name, change) => {
    const before = await orderCount();
    const answer = await shop.post("/api/orders", good(), { token: change(await shop.token("alice")) });

    expect([answer.status, answer.body.code]).toEqual([401, "UNAUTHENTICATED"]);
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    expect(await orderCount()).toBe(before);
  });

  test("gRPC refuses one that is missing or tampered with", async () => {
    const token = await shop.token("alice");
    for (const authorization of [undefined, `Bearer ${token.slice(0, -8)}AAAAAAAA`]) {
      await expect(
        shop.orders.getOrder({ orderId: randomUUID() }, { timeoutMs: 5000, authorization }),
      ).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });
});

describe("what is another's", () => {
  test("an order of another user is not found, nor is its saga", async () => {
    const { body: order } = await shop.order(good());
    for (const path of [`/api/orders/${order.id}`, `/api/orders/${order.id}/saga`]) {
      const asBob = await shop.get(path, await shop.token("bob"));
      expect([asBob.status, asBob.body.code]).toEqual([404, "NOT_FOUND"]);
      expect((await shop.get(path, await shop.token("oscar"))).status).toBe(200);
    }
  });

  test("another user's order id is taken", async () => {
    const { body: order } = await shop.order(good());
    const before = await orderCount();
    const answer = await shop.post("/api/orders", good({ orderId: order.id }), { token: await shop.token("bob") });

    expect([answer.status, answer.body.code]).toEqual([409, "ORDER_EXISTS"]);
    expect(await orderCount()).toBe(before);
  });

  test("a key is taken by the first body", async () => {
    const headers = { "idempotency-key": randomUUID() };
    await shop.order(good(), headers);
    const before = await orderCount();
    const answer = await shop.order(item({ quantity: 2 }), headers);

    expect([answer.status, answer.body.code]).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    expect(await orderCount()).toBe(before);
  });
});

describe("gRPC", () => {
  const CASES: Record<string, [() => DeepPartial<CreateOrderRequest>, string]> = {
    "quantity 0": [() => ({ items: [{ productId: lamp.id, quantity: 0 }] }), "items[0].quantity"],
    "quantity 10,001": [() => ({ items: [{ productId: lamp.id, quantity: 10_001 }] }), "items[0].quantity"],
    "empty items": [() => ({ items: [] }), "items"],
    "101 lines": [() => ({ items: Array.from({ length: 101 }, () => ({ productId: lamp.id, quantity: 1 })) }), "items"],
    "a bad UUID": [() => ({ items: [{ productId: "lamp", quantity: 1 }] }), "items[0].product_id"],
    "half an address": [
      () => ({ items: [{ productId: lamp.id, quantity: 1 }], shippingAddress: { ...HOME, zipCode: "" } }),
      "shipping_address.zip_code",
    ],
    "U+0000": [
      () => ({ items: [{ productId: lamp.id, quantity: 1 }], shippingAddress: { ...HOME, city: "a\u0000" } }),
      "shipping_address.city",
    ],
  };

  test.each(Object.keys(CASES))("refuses %s", async (name) => {
    const [request, field] = CASES[name] ?? [() => ({}), ""];
    const before = await orderCount();
    const authorization = `Bearer ${await shop.token("alice")}`;
    const answer = shop.orders.createOrder(CreateOrderRequest.fromPartial(request()), {
      timeoutMs: 5000,
      authorization,
    });

    const error = await answer.then(
      () => undefined,
      (err: unknown) => err,
    );
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: "VALIDATION_FAILED" });
    expect((error as AppError).violations?.map((violation) => violation.field)).toContain(field);
    expect(await orderCount()).toBe(before);
  });
});
