import type { Money } from "@shop/platform/money";
import type { ProductId } from "./ids.ts";

/** One line as it is asked for. A product stands in one line at most. */
export interface RequestedLine {
  readonly productId: ProductId;
  /** 1 to 1,000,000. */
  readonly quantity: number;
  /** What the customer was shown; absent where any price will do. */
  readonly expectedUnitPrice?: Money;
}

/** One line with its name and price frozen. */
export interface PricedLine {
  readonly productId: ProductId;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

/** Whether both ask for the same, in whatever order of lines. */
export function areSameLines(left: readonly RequestedLine[], right: readonly RequestedLine[]): boolean {
  if (left.length !== right.length) return false;
  const byProduct = new Map(right.map((line) => [line.productId, line]));
  return left.every((line) => isSameLine(line, byProduct.get(line.productId)));
}

/** What the lines cost in all, at most 100 lines of 1,000,000 units. */
export function totalOf(lines: readonly PricedLine[]): Money {
  const minorUnits = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.minorUnits, 0);
  return { minorUnits, currency: lines[0]?.unitPrice.currency ?? "USD" };
}

function isSameLine(line: RequestedLine, other: RequestedLine | undefined): boolean {
  return (
    other !== undefined &&
    line.quantity === other.quantity &&
    line.expectedUnitPrice?.minorUnits === other.expectedUnitPrice?.minorUnits &&
    line.expectedUnitPrice?.currency === other.expectedUnitPrice?.currency
  );
}
