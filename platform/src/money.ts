import type { Money as WireMoney } from "@shop/protos/gen/google/type/money";

const NANOS_PER_MINOR_UNIT = 10_000_000;
const MINOR_UNITS_PER_UNIT = 100;
const CURRENCY = /^[A-Z]{3}$/;

/** An amount of a currency with two decimals, such as 12.99 USD: `{ minorUnits: 1299, currency: "USD" }`. */
export interface Money {
  /** Whole hundredths of the currency's unit; a safe integer. */
  readonly minorUnits: number;
  /** ISO 4217, three capital letters. */
  readonly currency: string;
}

/** The amount as google.type.Money. */
export function toWireMoney({ minorUnits, currency }: Money): WireMoney {
  const units = Math.trunc(minorUnits / MINOR_UNITS_PER_UNIT);
  return {
    currencyCode: currency,
    units: BigInt(units),
    nanos: (minorUnits - units * MINOR_UNITS_PER_UNIT) * NANOS_PER_MINOR_UNIT,
  };
}

/**
 * The amount that a google.type.Money says, or `undefined` where it says none: no ISO 4217 code, units and nanos of
 * different signs, fractions of a hundredth, or an amount beyond the safe integers.
 * The rules of the message: https://github.com/googleapis/googleapis/blob/master/google/type/money.proto
 */
export function fromWireMoney({ currencyCode, units, nanos }: WireMoney): Money | undefined {
  if (!CURRENCY.test(currencyCode) || nanos % NANOS_PER_MINOR_UNIT !== 0 || Math.abs(nanos) > 999_999_999)
    return undefined;
  if ((units > 0n && nanos < 0) || (units < 0n && nanos > 0)) return undefined;
  const minorUnits = Number(units) * MINOR_UNITS_PER_UNIT + nanos / NANOS_PER_MINOR_UNIT;
  return Number.isSafeInteger(minorUnits) ? { minorUnits, currency: currencyCode } : undefined;
}

/** The amount in decimals, such as "1299.99"; the currency is not part of it. */
export function toDecimal({ minorUnits }: Money): string {
  const digits = String(Math.abs(minorUnits)).padStart(3, "0");
  return `${minorUnits < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The amount that {@link toDecimal} wrote, or `undefined` where it wrote none such. */
export function fromDecimal(amount: string, currency: string): Money | undefined {
  const minorUnits = /^-?\d+\.\d\d$/.test(amount) ? Number(amount.replace(".", "")) : Number.NaN;
  return Number.isSafeInteger(minorUnits) && CURRENCY.test(currency) ? { minorUnits, currency } : undefined;
}
