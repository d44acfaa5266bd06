import type { Queryable } from "@shop/platform/postgres";
import type { Product } from "../domain/product.ts";

/** Adds the products that are not there yet and leaves the others as they are. Gives how many were added. */
export async function insertProducts(db: Queryable, products: readonly Product[]): Promise<number> {
  const { rowCount } = await db.query(
    `INSERT INTO products (id, sku, name, price_minor, currency, on_hand)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::integer[])
     ON CONFLICT DO NOTHING`,
    [
      products.map(({ id }) => id),
      products.map(({ sku }) => sku),
      products.map(({ name }) => name),
      products.map(({ price }) => price.minorUnits),
      products.map(({ price }) => price.currency),
      products.map(({ onHand }) => onHand),
    ],
  );
  return rowCount ?? 0;
}
