import { asProductId, type ProductId } from "../domain/ids.ts";
import type { Product } from "../domain/product.ts";

/** The columns of a product, for a SELECT or RETURNING. */
export const productColumns = "id, sku, name, price_minor, currency, on_hand, reserved";

/** A row of `productColumns`. A bigint arrives as text. */
export interface ProductRow {
  id: string;
  sku: string;
  name: string;
  price_minor: string;
  currency: string;
  on_hand: number;
  reserved: number;
}

/** The row as the domain knows it. */
export function toProduct(row: ProductRow): Product {
  return {
    id: asProductId(row.id),
    sku: row.sku,
    name: row.name,
    price: { minorUnits: Number(row.price_minor), currency: row.currency },
    onHand: row.on_hand,
    reserved: row.reserved,
  };
}

/** The products by their ids. */
export function byId(rows: readonly ProductRow[]): Map<ProductId, Product> {
  return new Map(rows.map(toProduct).map((product) => [product.id, product]));
}
