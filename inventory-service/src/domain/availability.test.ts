import { findRefusal } from "./availability.ts";
import { asProductId } from "./ids.ts";
import type { RequestedLine } from "./lines.ts";
import type { Product } from "./product.ts";

const usd = (minorUnits: number) => ({ minorUnits, currency: "USD" });
const lamp: Product = {
  id: asProductId("01900000-0000-7000-9000-000000000016"),
  sku: "HOM-005",
  name: "Desk Lamp",
  price: usd(2499),
  onHand: 10,
  reserved: 4,
};
const stock = new Map([[lamp.id, lamp]]);
const unknown = asProductId("01900000-0000-7000-9000-000000000099");

const cases: { name: string; lines: RequestedLine[]; isForced?: boolean; code?: string; names?: string }[] = [
  { name: "all that is available", lines: [{ productId: lamp.id, quantity: 6 }] },
  { name: "the expected price", lines: [{ productId: lamp.id, quantity: 1, expectedUnitPrice: usd(2499) }] },
  {
    name: "one more than is available",
    lines: [{ productId: lamp.id, quantity: 7 }],
    code: "OUT_OF_STOCK",
    names: "Desk Lamp",
  },
  { name: "a forced shortage", lines: [{ productId: lamp.id, quantity: 1 }], isForced: true, code: "OUT_OF_STOCK" },
  { name: "an unknown product", lines: [{ productId: unknown, quantity: 1 }], code: "UNKNOWN_PRODUCT", names: unknown },
  {
    name: "another price",
    lines: [{ productId: lamp.id, quantity: 1, expectedUnitPrice: usd(2498) }],
    code: "PRICE_CHANGED",
    names: "24.99 USD",
  },
  {
    name: "another currency",
    lines: [{ productId: lamp.id, quantity: 1, expectedUnitPrice: { minorUnits: 2499, currency: "EUR" } }],
    code: "PRICE_CHANGED",
  },
  {
    name: "a shortage before an unknown product: the unknown one is named",
    lines: [
      { productId: lamp.id, quantity: 7 },
      { productId: unknown, quantity: 1 },
    ],
    code: "UNKNOWN_PRODUCT",
  },
];

test.each(cases)("decides on $name", ({ lines, isForced = false, code, names = "" }) => {
  const refusal = findRefusal(lines, stock, isForced);
  expect(refusal?.code).toBe(code);
  expect(refusal?.message ?? "").toContain(names);
});
