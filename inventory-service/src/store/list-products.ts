import type { Queryable } from "@shop/platform/postgres";
import type { Product } from "../domain/product.ts";
import { type ProductRow, productColumns, toProduct } from "./product-row.ts";

/** The first products, at most `limit`, whose sku comes after `afterSku`, in the order of their skus. */
export async function listProducts(
  db: Queryable,
  { afterSku, limit }: { afterSku: string; limit: number },
): Promise<Product[]> {
  const { rows } = await db.query<ProductRow>({
    name: "list-products",
    text: `SELECT ${productColumns} FROM products WHERE sku > $1 ORDER BY sku LIMIT $2`,
    values: [afterSku, limit],
  });
  return rows.map(toProduct);
}
