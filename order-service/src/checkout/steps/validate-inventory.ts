import type { Do } from "@shop/saga";
import { askFor } from "../ask.ts";
import type { Checkout } from "../checkout.ts";
import type { InventoryPort } from "../ports.ts";

/** Are the lines known, priced as the customer was shown, and in stock? Holds nothing. */
export function validateInventory(inventory: InventoryPort): Do<Checkout> {
  return (checkout, call) =>
    askFor(
      checkout,
      call,
      ["UNDONE", "EXPIRED"],
      (terms) => inventory.check(checkout.orderId, checkout.lines, terms),
      () => ({}),
    );
}
