import { type Money, toDecimal } from "@shop/platform/money";
import type { OrderId, ProductId } from "./ids.ts";
import type { RequestedLine } from "./lines.ts";
import { availableOf, type Product } from "./product.ts";

/** Why lines cannot be had. The message is for a person and names the product. */
export interface Refusal {
  readonly code: "OUT_OF_STOCK" | "UNKNOWN_PRODUCT" | "PRICE_CHANGED";
  readonly message: string;
}

/** The products as they stand, those of them that exist. */
export type Stock = ReadonlyMap<ProductId, Product>;

/** Tells of an order whether it finds every shelf empty, whatever the stock says. */
export type ShortageRule = (orderId: OrderId) => boolean;

/** The rule of real stock. */
export const noForcedShortage: ShortageRule = () => false;

/** The sandbox's rule: an order whose id ends in 0 finds nothing. */
export const sandboxShortage: ShortageRule = (orderId) => orderId.endsWith("0");

/**
 * Why these lines cannot be had, or `undefined` where they can. A line that never could be had (unknown, other price) is
 * named before one that is merely out of stock.
 */
export function findRefusal(
  lines: readonly RequestedLine[],
  stock: Stock,
  isForcedShortage: boolean,
): Refusal | undefined {
  return (
    firstOf(lines, (line) => unknownProduct(line, stock)) ??
    firstOf(lines, (line) => changedPrice(line, stock)) ??
    firstOf(lines, (line) => shortage(line, stock, isForcedShortage))
  );
}

function firstOf(
  lines: readonly RequestedLine[],
  rule: (line: RequestedLine) => Refusal | undefined,
): Refusal | undefined {
  for (const line of lines) {
    const refusal = rule(line);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function unknownProduct({ productId }: RequestedLine, stock: Stock): Refusal | undefined {
  if (stock.has(productId)) return undefined;
  return { code: "UNKNOWN_PRODUCT", message: `There is no product ${productId}.` };
}

function changedPrice({ productId, expectedUnitPrice }: RequestedLine, stock: Stock): Refusal | undefined {
  const product = stock.get(productId);
  if (product === undefined || expectedUnitPrice === undefined) return undefined;
  const { price } = product;
  if (price.minorUnits === expectedUnitPrice.minorUnits && price.currency === expectedUnitPrice.currency)
    return undefined;
  return {
    code: "PRICE_CHANGED",
    message: `${describe(product)} costs ${inWords(price)}, not ${inWords(expectedUnitPrice)}.`,
  };
}

function shortage({ productId, quantity }: RequestedLine, stock: Stock, isForced: boolean): Refusal | undefined {
  const product = stock.get(productId);
  const available = product === undefined || isForced ? 0 : availableOf(product);
  if (available >= quantity) return undefined;
  const who = product === undefined ? productId : describe(product);
  return { code: "OUT_OF_STOCK", message: `${who} has ${available} in stock, ${quantity} asked for.` };
}

function describe({ id, name }: Product): string {
  return `${name} (${id})`;
}

function inWords(money: Money): string {
  return `${toDecimal(money)} ${money.currency}`;
}
