import type { Queryable } from "@shop/platform/postgres";
import type { ProductId } from "../domain/ids.ts";
import type { Product } from "../domain/product.ts";
import { byId, type ProductRow, productColumns } from "./product-row.ts";

/** The products as they stand, those of them that exist. */
export async function readProducts(db: Queryable, ids: readonly ProductId[]): Promise<Map<ProductId, Product>> {
  const { rows } = await db.query<ProductRow>({
    name: "read-products",
    text: `SELECT ${productColumns} FROM products WHERE id = ANY ($1::uuid[])`,
    values: [ids],
  });
  return byId(rows);
}
