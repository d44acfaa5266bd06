import { judge, methodsUnder, type SandboxRules } from "./sandbox-rules.ts";

const rules: SandboxRules = { limitMinorUnits: 100_000 };
const ordinary = { key: "0198c0de-0000-7000-8000-000000000005", amount: dollars(1299), method: "pm_ok" };
const endsIn = (digit: string) => ({ ...ordinary, key: `${ordinary.key.slice(0, -1)}${digit}` });

function dollars(minorUnits: number) {
  return { minorUnits, currency: "USD" };
}

test.each([
  ["charges an ordinary order", ordinary, 0, "charge"],
  ["charges just below the limit", { ...ordinary, amount: dollars(99_999) }, 0, "charge"],
  ["declines at the limit", { ...ordinary, amount: dollars(100_000) }, 0, "decline"],
  ["declines an order that ends in 1", endsIn("1"), 0, "decline"],
  ["fails the first charge of an order that ends in 2", endsIn("2"), 0, "fail"],
  ["fails the second charge of an order that ends in 2", endsIn("2"), 1, "fail"],
  ["takes the third charge of an order that ends in 2", endsIn("2"), 2, "charge"],
  ["declines at the limit after the failures too", { ...endsIn("2"), amount: dollars(100_000) }, 2, "decline"],
  ["declines pm_declined", { ...ordinary, method: "pm_declined" }, 0, "decline"],
  ["loses the reply of pm_timeout", { ...ordinary, method: "pm_timeout" }, 0, "charge-and-lose-the-reply"],
  ["declines a method it does not know", { ...ordinary, method: "pm_other" }, 0, "decline"],
])("under the rules it %s", (_, order, failures, kind) => {
  expect(judge(order, rules, failures)).toMatchObject({ kind });
});

test.each([ordinary, endsIn("1"), endsIn("2"), { ...ordinary, amount: dollars(99_999_999) }])(
  "without the rules it charges $key of $amount.minorUnits",
  (order) => {
    expect(judge(order, undefined, 0)).toEqual({ kind: "charge" });
  },
);

test("without the rules pm_ok is the only method", () => {
  expect(methodsUnder(undefined)).toEqual(["pm_ok"]);
  expect(judge({ ...ordinary, method: "pm_timeout" }, undefined, 0)).toMatchObject({ kind: "decline" });
});

test("says the limit in the order's currency", () => {
  const order = { ...ordinary, amount: { minorUnits: 250_000, currency: "EUR" } };

  expect(judge(order, rules, 0)).toEqual({
    kind: "decline",
    message: "The payment was declined: amounts of 1000.00 EUR or more are not taken.",
  });
});
