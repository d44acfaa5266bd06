/** An order's id: a UUID in small letters. It is the shipment's own key. */
export type OrderId = string & { readonly brand: "OrderId" };

/** Takes a UUID in small letters for an order's id. */
export function asOrderId(uuid: string): OrderId {
  return uuid as OrderId;
}
