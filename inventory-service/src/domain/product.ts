import type { Money } from "@shop/platform/money";
import type { ProductId } from "./ids.ts";

/** A product of the catalogue and its stock. Always 0 <= reserved <= onHand. */
export interface Product {
  readonly id: ProductId;
  /** Stock keeping unit; the catalogue's order. */
  readonly sku: string;
  readonly name: string;
  /** The price of one. */
  readonly price: Money;
  /** Units on the shelf, the reserved ones among them. */
  readonly onHand: number;
  /** Units held for orders that are not yet sold. */
  readonly reserved: number;
}

/** By how much a product's stock changes. */
export interface StockMove {
  readonly productId: ProductId;
  readonly onHand: number;
  readonly reserved: number;
}

/** The most units of one product that the shelf holds: a column's range, with room to spare. */
export const MAX_ON_HAND = 1_000_000_000;

/** How many units can be reserved now. */
export function availableOf({ onHand, reserved }: Product): number {
  return onHand - reserved;
}

/** The product after the move. */
export function moveStock(product: Product, move: StockMove): Product {
  return { ...product, onHand: product.onHand + move.onHand, reserved: product.reserved + move.reserved };
}
