import { inTransaction, type Queryable } from "@shop/platform/postgres";
import { type Adjustment, type AdjustmentRejection, rejectAdjustment } from "../domain/adjustment.ts";
import type { Product } from "../domain/product.ts";
import type { Database } from "./database.ts";
import { lockProducts } from "./lock-products.ts";

/** The product as it stood after the adjustment, or why there is none. */
export type AdjustmentAnswer =
  | { readonly kind: "adjusted"; readonly product: Product; readonly isRepeated: boolean }
  | { readonly kind: "rejected"; readonly reason: AdjustmentRejection };

/** Changes what is on the shelf and keeps the adjustment, or answers from the one that is kept under its id. */
export async function adjustStock(database: Database, adjustment: Adjustment): Promise<AdjustmentAnswer> {
  return await inTransaction(database, async (tx) => {
    const product = (await lockProducts(tx, [adjustment.productId])).get(adjustment.productId);
    if (product === undefined) return { kind: "rejected", reason: "UNKNOWN_PRODUCT" };
    const earlier = await readAdjustment(tx, adjustment.id);
    if (earlier !== undefined) return repeat(earlier, adjustment, product);
    const reason = rejectAdjustment(product, adjustment.delta);
    if (reason !== undefined) return { kind: "rejected", reason };
    const adjusted = { ...product, onHand: product.onHand + adjustment.delta };
    const isNew = await writeAdjustment(tx, adjustment, adjusted);
    return isNew
      ? { kind: "adjusted", product: adjusted, isRepeated: false }
      : { kind: "rejected", reason: "OTHER_ADJUSTMENT" };
  });
}

interface AdjustmentRow {
  product_id: string;
  delta: number;
  on_hand_after: number;
  reserved_after: number;
}

async function readAdjustment(tx: Queryable, id: string): Promise<AdjustmentRow | undefined> {
  const { rows } = await tx.query<AdjustmentRow>(
    "SELECT product_id, delta, on_hand_after, reserved_after FROM stock_adjustments WHERE id = $1",
    [id],
  );
  return rows[0];
}

function repeat(earlier: AdjustmentRow, { productId, delta }: Adjustment, product: Product): AdjustmentAnswer {
  if (earlier.product_id !== productId || earlier.delta !== delta) {
    return { kind: "rejected", reason: "OTHER_ADJUSTMENT" };
  }
  const asItStood = { ...product, onHand: earlier.on_hand_after, reserved: earlier.reserved_after };
  return { kind: "adjusted", product: asItStood, isRepeated: true };
}

/** Gives false, with nothing written, where the id was taken meanwhile: by another product, for this one is locked. */
async function writeAdjustment(tx: Queryable, adjustment: Adjustment, after: Product): Promise<boolean> {
  const { id, productId, delta, reason, userId } = adjustment;
  const { rowCount } = await tx.query(
    `WITH kept AS (
       INSERT INTO stock_adjustments (id, product_id, delta, reason, user_id, on_hand_after, reserved_after)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING product_id
     )
     UPDATE products SET on_hand = $6, updated_at = now() FROM kept WHERE products.id = kept.product_id`,
    [id, productId, delta, reason, userId, after.onHand, after.reserved],
  );
  return rowCount === 1;
}
