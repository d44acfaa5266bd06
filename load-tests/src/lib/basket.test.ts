import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Basket,
  type Customers,
  expectedOutcome,
  fillBasket,
  isAffordable,
  kindOfTurn,
  type Product,
} from "./basket.ts";

const file = join(__dirname, "..", "..", "data", "customers.json");
const customers = JSON.parse(readFileSync(file, "utf8")) as Customers;
const products: Product[] = Array.from({ length: 12 }, (_, index) => ({
  id: `product-${index}`,
  priceCents: 15_000 - index,
  available: 100,
}));

/** Numbers that look like chance and are the same in each run. */
function chance(seed: number): { random(): number; uuid(): string } {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return { random, uuid: () => `id-${state}-7` };
}

const baskets: readonly Basket[] = Array.from({ length: 5000 }, (_, seed) =>
  fillBasket(customers, products, chance(seed * 7919 + 1)),
);

test("the shares of the mix are those of the file", () => {
  for (const { kind, share } of customers.mix) {
    const found = baskets.filter((basket) => basket.kind === kind).length / 50;
    expect(Math.abs(found - share)).toBeLessThan(2.5);
  }
});

test("a basket is what its kind says", () => {
  const served = customers.served.map(({ country }) => country);
  const odd = baskets.filter(
    ({ kind, shippingAddress, paymentMethod, orderId }) =>
      served.includes(shippingAddress.country) === (kind === "notServed") ||
      paymentMethod !== (kind === "declined" ? "pm_declined" : "pm_ok") ||
      orderId?.slice(-1) !== (kind === "soldOut" ? "0" : undefined),
  );
  expect(odd).toEqual([]);
});

test("no basket is empty, has a product twice, or costs as much as the sandbox declines", () => {
  const odd = baskets.filter(
    ({ items }) =>
      items.length === 0 ||
      new Set(items.map(({ productId }) => productId)).size < items.length ||
      items.reduce((sum, { quantity, priceCents }) => sum + quantity * priceCents, 0) >= 100_000,
  );
  expect(odd).toEqual([]);
});

test("only what everybody can afford is ordered", () => {
  const priced = (priceCents: number) => isAffordable({ id: "1", priceCents, available: 1 });
  expect([priced(15_000), priced(15_001), priced(0)]).toEqual([true, false, false]);
});

test("each kind has an end that is meant", () => {
  expect(customers.mix.map(({ kind }) => expectedOutcome(kind))).toEqual([
    "Completed",
    "PAYMENT_DECLINED",
    "ADDRESS_NOT_SERVED",
    "OUT_OF_STOCK",
    "Completed",
  ]);
});

test("where kinds take turns, each has its own", () => {
  const turns = [0, 1, 2, 3, 4, 5].map((turn) => kindOfTurn(customers, turn));
  expect(turns).toEqual(["good", "declined", "notServed", "soldOut", "repeated", "good"]);
  expect(fillBasket(customers, products, chance(1), "soldOut").kind).toBe("soldOut");
});
