import type { CallTerms, Participants } from "./ports.ts";

/**
 * What is known of an undo that was done by hand: the participant holds its tombstone, so that nothing can happen again
 * behind it; it does not hold it yet; only the undo's own answer counts, for it decides the saga; or there is no such undo.
 */
export type Tombstone = "held" | "missing" | "decides" | "unknown";

/** Claims that a person can do this undo in its participant's stead, so that the participant is asked about it. */
export function isDoneByHand(undo: string): boolean {
  return undo === "RefundPayment" || undo === "CancelShipment";
}

/** Asks the participant of this undo whether it holds the tombstone. Throws an AppError where it cannot be asked. */
export async function findTombstone(
  { payments, shipping }: Pick<Participants, "payments" | "shipping">,
  { undo, orderId }: { readonly undo: string; readonly orderId: string },
  terms: CallTerms,
): Promise<Tombstone> {
  switch (undo) {
    case "ReleaseInventory":
      return "decides";
    case "RefundPayment":
      return (await payments.isUndone(orderId, terms)) ? "held" : "missing";
    case "CancelShipment":
      return (await shipping.isUndone(orderId, terms)) ? "held" : "missing";
    default:
      return "unknown";
  }
}
