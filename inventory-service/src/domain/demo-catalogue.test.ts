import { demoCatalogue } from "./demo-catalogue.ts";
import { availableOf } from "./product.ts";

test("the demo sells 24 products with ids, skus and names of their own", () => {
  expect(demoCatalogue).toHaveLength(24);
  for (const key of ["id", "sku", "name"] as const) {
    expect(new Set(demoCatalogue.map((product) => product[key])).size).toBe(24);
  }
  expect(demoCatalogue.at(0)?.id).toBe("01900000-0000-7000-9000-000000000001");
  expect(demoCatalogue.at(-1)?.id).toBe("01900000-0000-7000-9000-000000000024");
});

test("the demo has something for every scenario", () => {
  const affordable = demoCatalogue.filter(
    (product) => product.price.minorUnits >= 2000 && product.price.minorUnits <= 29_900 && availableOf(product) >= 200,
  );
  expect(affordable.length).toBeGreaterThanOrEqual(10);
  expect(demoCatalogue.some(({ price }) => price.minorUnits > 100_000)).toBe(true);
  expect(demoCatalogue.some((product) => availableOf(product) === 0)).toBe(true);
  expect(demoCatalogue.some((product) => availableOf(product) > 0 && availableOf(product) < 10)).toBe(true);
  expect(demoCatalogue.every((product) => product.onHand <= 9_999)).toBe(true);
});
