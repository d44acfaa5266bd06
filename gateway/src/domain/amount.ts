import { type Money, toDecimal } from "@shop/platform/money";
import { z } from "zod";

const DECIMAL = /^([0-9]{1,12})(?:\.([0-9]{1,2}))?$/;
const MAX_AMOUNT = 999_999_999_999.99;
const DECIMAL_MESSAGE = "must be an amount with at most two decimals, such as 12.99";

/** The one currency of the catalogue. */
export const CURRENCY = "USD";

/** An amount as answers give it. */
export const amount = z
  .object({
    amount: z.string().meta({ description: "In decimals, always two." }),
    currency: z.string().meta({ description: "ISO 4217." }),
  })
  .meta({ id: "Amount", examples: [{ amount: "1299.99", currency: "USD" }] });

/** An amount as answers give it, such as `{"amount":"1299.99","currency":"USD"}`. */
export type Amount = z.infer<typeof amount>;

const decimalText = z.string({ error: 'must be a decimal such as "12.99"' }).regex(DECIMAL, DECIMAL_MESSAGE);

/** A price as requests may give it: a number, a decimal in quotes, or an amount with its currency. */
export const givenPrice = z
  .union(
    [
      z
        .number()
        .refine((value) => DECIMAL.test(String(value)), DECIMAL_MESSAGE)
        .meta({ minimum: 0, maximum: MAX_AMOUNT, multipleOf: 0.01 }),
      decimalText,
      z.strictObject({
        amount: decimalText,
        currency: z.literal(CURRENCY, { error: `must be "${CURRENCY}"` }),
      }),
    ],
    { error: 'must be a number, a decimal such as "12.99", or {"amount", "currency"}' },
  )
  .meta({ examples: [12.99, "12.99", { amount: "12.99", currency: "USD" }] });

/** The amount that a checked price says. */
export function fromGivenPrice(price: z.infer<typeof givenPrice>): Money {
  const decimal = typeof price === "object" ? price.amount : String(price);
  const [, units = "0", fraction = ""] = DECIMAL.exec(decimal) ?? [];
  return { minorUnits: Number(units) * 100 + Number(fraction.padEnd(2, "0")), currency: CURRENCY };
}

/** The amount as an answer gives it. */
export function toAmount(money: Money): Amount {
  return { amount: toDecimal(money), currency: money.currency };
}
