import fc from "fast-check";
import { fingerprint, mergeLines, type OrderRequest } from "./order-request.ts";

const line = fc.record({ productId: fc.constantFrom("a", "b", "c", "d"), quantity: fc.integer({ min: 1, max: 100 }) });

test("merging keeps every unit and leaves each product once", () => {
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const merged = mergeLines(lines);
      const units = (list: readonly { quantity: number }[]) => list.reduce((sum, { quantity }) => sum + quantity, 0);
      expect(units(merged)).toBe(units(lines));
      expect(new Set(merged.map(({ productId }) => productId)).size).toBe(merged.length);
    }),
  );
});

test("a price that one of a product's lines expects is expected of the merged line", () => {
  const price = { minorUnits: 1, currency: "USD" };
  const [priced, plain] = [
    { productId: "a", quantity: 1, expectedUnitPrice: price },
    { productId: "a", quantity: 2 },
  ];
  const merged = [{ productId: "a", quantity: 3, expectedUnitPrice: price }];
  expect(mergeLines([priced, plain])).toEqual(merged);
  expect(mergeLines([plain, priced])).toEqual(merged);
});

const REQUEST: OrderRequest = {
  lines: [
    { productId: "a", quantity: 1 },
    { productId: "b", quantity: 2 },
  ],
};
const ADDRESS = { street: "1 Main St", city: "Springfield", state: "", zipCode: "12345", country: "US" };

test("the order of the lines and the key do not change what is asked for", () => {
  const other = { ...REQUEST, lines: [...REQUEST.lines].reverse(), idempotencyKey: "k" };
  expect(fingerprint(other)).toBe(fingerprint(REQUEST));
});

test.each<[string, Partial<OrderRequest>]>([
  ["another quantity", { lines: [{ productId: "a", quantity: 2 }] }],
  ["a price", { lines: [{ productId: "a", quantity: 1, expectedUnitPrice: { minorUnits: 1, currency: "USD" } }] }],
  ["an address", { shippingAddress: ADDRESS }],
  ["a payment method", { paymentMethod: "pm_ok" }],
  ["an order id", { orderId: "01900000-0000-7000-9000-000000000001" }],
])("%s changes what is asked for", (_name, change) => {
  expect(fingerprint({ ...REQUEST, ...change })).not.toBe(fingerprint(REQUEST));
});

test.each(Object.keys(ADDRESS))("another %s is another address", (field) => {
  const elsewhere = { ...ADDRESS, [field]: "elsewhere" };
  expect(fingerprint({ ...REQUEST, shippingAddress: elsewhere })).not.toBe(
    fingerprint({ ...REQUEST, shippingAddress: ADDRESS }),
  );
});
