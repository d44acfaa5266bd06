import type { Queryable } from "@shop/platform/postgres";
import type { ProductId } from "../domain/ids.ts";
import type { Product } from "../domain/product.ts";
import { byId, type ProductRow, productColumns } from "./product-row.ts";

/** The products as they stand, locked in the order of their ids until the transaction ends. */
export async function lockProducts(tx: Queryable, ids: readonly ProductId[]): Promise<Map<ProductId, Product>> {
  if (ids.length === 0) return new Map();
  const { rows } = await tx.query<ProductRow>({
    name: "lock-products",
    text: `SELECT ${productColumns} FROM products WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    values: [ids],
  });
  return byId(rows);
}
