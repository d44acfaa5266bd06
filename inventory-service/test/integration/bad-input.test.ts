import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import { demoProduct, line, orderId, type RunningService, runService } from "../_running-service.ts";

let service: RunningService;
beforeAll(async () => {
  service = await runService();
});
afterAll(() => service.close());

const usd = (units: bigint, nanos = 0, currencyCode = "USD") => ({ units, nanos, currencyCode });
const priced = (money: ReturnType<typeof usd>) => [{ ...line(1, 1), expectedUnitPrice: money }];
const many = Array.from({ length: 101 }, (_, index) => ({ productId: demoProduct(index), quantity: 1 }));

const badOrders = [
  { name: "no order id", id: "", fields: ["order_id"] },
  { name: "a bad order id", id: "12345", fields: ["order_id"] },
  { name: "U+0000 in the order id", id: `${randomUUID().slice(0, -1)}\u0000`, fields: ["order_id"] },
  { name: "no lines", lines: [], fields: ["lines"] },
  { name: "101 lines", lines: many, fields: ["lines"] },
  { name: "a bad product id", lines: [{ productId: "x", quantity: 1 }], fields: ["lines[0].product_id"] },
  { name: "U+0000 in a product id", lines: [{ productId: "\u0000", quantity: 1 }], fields: ["lines[0].product_id"] },
  { name: "quantity 0", lines: [line(1, 0)], fields: ["lines[0].quantity"] },
  { name: "a negative quantity", lines: [line(1, -1)], fields: ["lines[0].quantity"] },
  { name: "quantity 1,000,001", lines: [line(1, 1_000_001)], fields: ["lines[0].quantity"] },
  { name: "a product twice", lines: [line(1, 1), line(2, 1), line(1, 2)], fields: ["lines[2].product_id"] },
  { name: "a negative price", lines: priced(usd(-1n)), fields: ["lines[0].expected_unit_price"] },
  { name: "no currency", lines: priced(usd(1n, 0, "")), fields: ["lines[0].expected_unit_price"] },
  { name: "a currency in small letters", lines: priced(usd(1n, 0, "usd")), fields: ["lines[0].expected_unit_price"] },
  { name: "a fraction of a cent", lines: priced(usd(1n, 1)), fields: ["lines[0].expected_unit_price"] },
  { name: "more money than there is", lines: priced(usd(2n ** 62n)), fields: ["lines[0].expected_unit_price"] },
  {
    name: "everything wrong at once",
    id: "x",
    lines: [line(1, 0), { productId: "y", quantity: 1 }],
    fields: ["order_id", "lines[0].quantity", "lines[1].product_id"],
  },
];

describe.each(["reserveInventory", "checkAvailability"] as const)("%s", (rpc) => {
  test.each(badOrders)("names what is wrong with $name", async ({ id = orderId(), lines = [line(1, 1)], fields }) => {
    expect(await fieldsOf(service.client[rpc]({ orderId: id, lines }, service.as()))).toEqual(fields);
  });
});

test("bad orders leave no row behind", async () => {
  const { rows } = await service.context.database.query("SELECT 1 FROM reservations");
  expect(rows).toEqual([]);
});

test.each(["commitInventory", "releaseInventory"] as const)("%s names a bad order id", async (rpc) => {
  expect(await fieldsOf(service.client[rpc]({ orderId: "x" }, service.as()))).toEqual(["order_id"]);
});

test("the catalogue names a bad page size, page token and product id", async () => {
  const { client, as } = service;
  expect(await fieldsOf(client.listProducts({ pageSize: -1, pageToken: "nonsense" }, as("")))).toEqual([
    "page_size",
    "page_token",
  ]);
  expect(await fieldsOf(client.listProducts({ pageSize: 1001, pageToken: "" }, as("")))).toEqual(["page_size"]);
  const withNul = Buffer.from("after:\u0000").toString("base64url");
  expect(await fieldsOf(client.listProducts({ pageSize: 1, pageToken: withNul }, as("")))).toEqual(["page_token"]);
  expect(await fieldsOf(client.getProduct({ productId: "x" }, as("")))).toEqual(["product_id"]);
});

test("an adjustment names all that is wrong with it", async () => {
  const admin = service.as(service.identity.userToken({ role: "Admin" }));
  const good = { adjustmentId: randomUUID(), productId: demoProduct(1), delta: 1, reason: "" };
  const adjust = (change: object) => fieldsOf(service.client.adjustStock({ ...good, ...change }, admin));
  expect(await adjust({ adjustmentId: "x", productId: "y", delta: 0, reason: "r".repeat(201) })).toEqual([
    "adjustment_id",
    "product_id",
    "delta",
    "reason",
  ]);
  expect(await adjust({ delta: 1_000_001 })).toEqual(["delta"]);
  expect(await adjust({ delta: -1_000_001 })).toEqual(["delta"]);
  expect(await adjust({ reason: "\u0000" })).toEqual(["reason"]);
});

async function fieldsOf(call: Promise<unknown>): Promise<string[]> {
  try {
    await call;
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    expect(err.code).toBe("VALIDATION_FAILED");
    return (err.violations ?? []).map(({ field }) => field);
  }
  throw new Error("the call succeeded");
}
