import type { ProductId } from "./ids.ts";
import { MAX_ON_HAND, type Product } from "./product.ts";

/** A change of what is on the shelf, made by an Admin. */
export interface Adjustment {
  /** UUID, minted by whoever asks; what makes it safe to repeat. */
  readonly id: string;
  readonly productId: ProductId;
  /** Units more, or below zero fewer. */
  readonly delta: number;
  readonly reason: string;
  /** Who asked, a UUID. */
  readonly userId: string;
}

/** Why an adjustment is turned away with nothing changed. */
export type AdjustmentRejection = "UNKNOWN_PRODUCT" | "OTHER_ADJUSTMENT" | "INSUFFICIENT_STOCK" | "SHELF_FULL";

/** Whether this product's shelf takes the change; what is held may never be taken away. */
export function rejectAdjustment(product: Product, delta: number): AdjustmentRejection | undefined {
  const onHand = product.onHand + delta;
  if (onHand < product.reserved) return "INSUFFICIENT_STOCK";
  return onHand > MAX_ON_HAND ? "SHELF_FULL" : undefined;
}
