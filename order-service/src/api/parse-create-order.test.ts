import type { AppError } from "@shop/platform/errors";
import { type Address, CreateOrderRequest, type DeepPartial } from "@shop/protos/gen/shop/orders/v1/orders";
import { parseCreateOrder } from "./parse-create-order.ts";

const PRODUCT = "01900000-0000-7000-9000-000000000001";
const OTHER = "01900000-0000-7000-9000-000000000002";
const ADDRESS: Address = { street: "1 Main St", city: "Springfield", state: "", zipCode: "12345", country: "US" };
const USD = (units: bigint) => ({ currencyCode: "USD", units, nanos: 0 });

function request(change: DeepPartial<CreateOrderRequest>): CreateOrderRequest {
  return CreateOrderRequest.fromPartial({ items: [{ productId: PRODUCT, quantity: 1 }], ...change });
}

function faultsOf(message: CreateOrderRequest): string[] {
  try {
    parseCreateOrder(message, ["pm_ok"]);
    return [];
  } catch (err) {
    return (err as AppError).violations?.map(({ field }) => field) ?? [];
  }
}

test("leaves to the defaults what was not sent", () => {
  expect(parseCreateOrder(request({}), ["pm_ok"])).toEqual({ lines: [{ productId: PRODUCT, quantity: 1 }] });
});

test("merges equal products, whatever the case of their id", () => {
  const items = [
    { productId: PRODUCT.replace("9000", "ABCD"), quantity: 1 },
    { productId: OTHER, quantity: 2 },
    { productId: PRODUCT.replace("9000", "abcd"), quantity: 10_000 },
  ];

  expect(parseCreateOrder(request({ items }), ["pm_ok"]).lines).toEqual([
    { productId: PRODUCT.replace("9000", "abcd"), quantity: 10_001 },
    { productId: OTHER, quantity: 2 },
  ]);
});

test.each<[string, DeepPartial<CreateOrderRequest>, string[]]>([
  ["no items", { items: [] }, ["items"]],
  ["101 lines", { items: Array.from({ length: 101 }, () => ({ productId: PRODUCT, quantity: 1 })) }, ["items"]],
  ["quantity 0", { items: [{ productId: PRODUCT, quantity: 0 }] }, ["items[0].quantity"]],
  ["quantity 10,001", { items: [{ productId: PRODUCT, quantity: 10_001 }] }, ["items[0].quantity"]],
  ["a product id that is no UUID", { items: [{ productId: "lamp", quantity: 1 }] }, ["items[0].product_id"]],
  [
    "a price below zero",
    { items: [{ productId: PRODUCT, quantity: 1, expectedUnitPrice: USD(-1n) }] },
    ["items[0].expected_unit_price"],
  ],
  [
    "two prices for one product",
    {
      items: [
        { productId: PRODUCT, quantity: 1, expectedUnitPrice: USD(1n) },
        { productId: PRODUCT, quantity: 1, expectedUnitPrice: USD(2n) },
      ],
    },
    ["items[1].expected_unit_price"],
  ],
  [
    "half an address",
    { shippingAddress: { ...ADDRESS, city: "", zipCode: "" } },
    ["shipping_address.city", "shipping_address.zip_code"],
  ],
  ["a country in words", { shippingAddress: { ...ADDRESS, country: "France" } }, ["shipping_address.country"]],
  ["U+0000", { shippingAddress: { ...ADDRESS, street: "1\u0000" } }, ["shipping_address.street"]],
  ["bytes that were not UTF-8", { shippingAddress: { ...ADDRESS, city: "Z\ufffdrich" } }, ["shipping_address.city"]],
  ["a key with bytes that were not UTF-8", { idempotencyKey: "k\ufffd" }, ["idempotency_key"]],
  [
    "a field of 201 characters",
    { shippingAddress: { ...ADDRESS, state: "x".repeat(201) } },
    ["shipping_address.state"],
  ],
  ["a payment method that is not taken", { paymentMethod: "pm_gold" }, ["payment_method"]],
  ["an order id that is no UUID", { orderId: "42" }, ["order_id"]],
  ["a user id that is no UUID", { userId: "alice" }, ["user_id"]],
  ["a key of 256 characters", { idempotencyKey: "k".repeat(256) }, ["idempotency_key"]],
  [
    "several faults",
    { items: [{ productId: "lamp", quantity: 0 }], orderId: "42" },
    ["items[0].product_id", "items[0].quantity", "order_id"],
  ],
])("names every wrong field: %s", (_name, change, fields) => {
  expect(faultsOf(request(change))).toEqual(fields);
});

test("takes the key from the metadata where the message has none, and refuses two that differ", () => {
  expect(parseCreateOrder(request({}), ["pm_ok"], "k").idempotencyKey).toBe("k");
  expect(parseCreateOrder(request({ idempotencyKey: "k" }), ["pm_ok"], "k").idempotencyKey).toBe("k");
  expect(() => parseCreateOrder(request({ idempotencyKey: "k" }), ["pm_ok"], "l")).toThrow(/idempotency_key/);
});
