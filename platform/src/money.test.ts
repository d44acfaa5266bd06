import fc from "fast-check";
import { fromDecimal, fromWireMoney, toDecimal, toWireMoney } from "./money.ts";

test("gives back the amount it was given", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (minorUnits) => {
      expect(fromWireMoney(toWireMoney({ minorUnits, currency: "USD" }))).toEqual({ minorUnits, currency: "USD" });
    }),
  );
});

test.each([
  ["a currency in small letters", { currencyCode: "usd", units: 1n, nanos: 0 }],
  ["no currency", { currencyCode: "", units: 1n, nanos: 0 }],
  ["a fraction of a hundredth", { currencyCode: "USD", units: 1n, nanos: 1 }],
  ["signs that differ", { currencyCode: "USD", units: 1n, nanos: -10_000_000 }],
  ["nanos of a whole unit", { currencyCode: "USD", units: 1n, nanos: 1_000_000_000 }],
  ["more than a safe integer", { currencyCode: "USD", units: 9_007_199_254_740_993n, nanos: 0 }],
])("refuses %s", (_name, money) => {
  expect(fromWireMoney(money)).toBeUndefined();
});

test.each([
  [0, "0.00"],
  [5, "0.05"],
  [129_999, "1299.99"],
  [-129_999, "-1299.99"],
])("writes %d minor units as %s", (minorUnits, text) => {
  expect(toDecimal({ minorUnits, currency: "USD" })).toBe(text);
});

test("reads what it has written in decimals", () => {
  fc.assert(
    fc.property(fc.integer(), (minorUnits) => {
      const money = { minorUnits, currency: "USD" };
      expect(fromDecimal(toDecimal(money), "USD")).toEqual(money);
    }),
  );
});

test.each(["", "1", "1.0", "1.000", "1,00", "x.00", "1e3.00", " 1.00", "90071992547409930.00"])(
  "reads no amount from %j",
  (text) => {
    expect(fromDecimal(text, "USD")).toBeUndefined();
  },
);
