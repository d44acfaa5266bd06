import { AppError } from "@shop/platform/errors";
import type { ArbiterUndo, Do } from "@shop/saga";
import { askFor, askUndo } from "../ask.ts";
import type { Checkout } from "../checkout.ts";
import type { InventoryPort } from "../ports.ts";

/** Holds the stock and freezes the prices that the payment is made from. */
export function reserveInventory(inventory: InventoryPort): Do<Checkout> {
  return (checkout, call) =>
    askFor(
      checkout,
      call,
      ["UNDONE", "EXPIRED"],
      (terms) => inventory.reserve(checkout.orderId, checkout.lines, terms),
      (reserved) => ({ reserved }),
    );
}

/** Gives the stock back. Its refusal as COMMITTED tells that the sale has happened: it is the pivot's arbiter. */
export function releaseInventory(inventory: InventoryPort): ArbiterUndo<Checkout> {
  return async (checkout, call) => {
    let isCommitted = false;
    const outcome = await askUndo(checkout, call, async (terms) => {
      try {
        await inventory.release(checkout.orderId, terms);
      } catch (err) {
        isCommitted = err instanceof AppError && err.code === "FAILED_PRECONDITION" && err.reason === "COMMITTED";
        if (!isCommitted) throw err;
      }
    });
    return isCommitted ? { kind: "committed" } : outcome;
  };
}
