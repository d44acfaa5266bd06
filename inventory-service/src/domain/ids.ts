/** An order's id: a UUID in small letters. */
export type OrderId = string & { readonly brand: "OrderId" };

/** A product's id: a UUID in small letters. */
export type ProductId = string & { readonly brand: "ProductId" };

/** Takes a UUID in small letters for an order's id. */
export function asOrderId(uuid: string): OrderId {
  return uuid as OrderId;
}

/** Takes a UUID in small letters for a product's id. */
export function asProductId(uuid: string): ProductId {
  return uuid as ProductId;
}
