import { fromWireMoney, toWireMoney } from "@shop/platform/money";
import fc from "fast-check";
import { fromGivenPrice, givenPrice, toAmount } from "./amount.ts";

const minorUnits = fc.integer({ min: 0, max: 10 ** 14 - 1 });

describe("amounts", () => {
  it("come back as they were given, in every form and over the wire", () => {
    fc.assert(
      fc.property(minorUnits, (cents) => {
        const money = { minorUnits: cents, currency: "USD" };
        const written = toAmount(money);

        expect(fromGivenPrice(givenPrice.parse(written))).toEqual(money);
        expect(fromGivenPrice(givenPrice.parse(written.amount))).toEqual(money);
        expect(fromWireMoney(toWireMoney(money))).toEqual(money);
      }),
    );
  });

  it("are the same as a JSON number, to the cent", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (cents) => {
        const price: number = JSON.parse(toAmount({ minorUnits: cents, currency: "USD" }).amount);

        expect(fromGivenPrice(givenPrice.parse(price)).minorUnits).toBe(cents);
      }),
    );
  });

  it.each<[unknown, number]>([
    [0, 0],
    [7, 700],
    [19.99, 1999],
    [0.1, 10],
    ["7.5", 750],
    ["0.01", 1],
    [{ amount: "1299.99", currency: "USD" }, 129_999],
  ])("reads %j as %i cents", (price, cents) => {
    expect(fromGivenPrice(givenPrice.parse(price)).minorUnits).toBe(cents);
  });

  it.each([
    -1,
    1.999,
    1e21,
    0.1 + 0.2,
    Number.NaN,
    "",
    "1,99",
    ".5",
    "1.",
    "1e3",
    " 1",
    "-0.01",
    "9".repeat(13),
    null,
    [],
  ])("refuses %j", (price) => {
    expect(givenPrice.safeParse(price).success).toBe(false);
  });
});
