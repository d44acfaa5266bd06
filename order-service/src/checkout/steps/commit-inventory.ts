import type { Do } from "@shop/saga";
import { askFor } from "../ask.ts";
import type { Checkout } from "../checkout.ts";
import type { InventoryPort } from "../ports.ts";

/** Sells what is held. After this nothing is undone. */
export function commitInventory(inventory: InventoryPort): Do<Checkout> {
  return (checkout, call) =>
    askFor(
      checkout,
      call,
      // NOT_RESERVED is as definite: the arbiter's release comes first then, and its tombstone stops a late reserve.
      ["UNDONE", "EXPIRED", "NOT_RESERVED"],
      async (terms) => {
        await inventory.commit(checkout.orderId, terms);
        return undefined;
      },
      () => ({}),
    );
}
