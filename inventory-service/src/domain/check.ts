import { findRefusal, type Refusal, type Stock } from "./availability.ts";
import type { OrderId } from "./ids.ts";
import type { RequestedLine } from "./lines.ts";
import { type Rejection, type Reservation, repeatReserve } from "./reservation.ts";

/** Whether these lines can be had for this order. */
export interface Check {
  readonly orderId: OrderId;
  readonly lines: readonly RequestedLine[];
}

/** What a check finds. `isRepeated`: the refusal is the reservation's, recorded earlier. */
export type CheckAnswer =
  | { readonly kind: "available" }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly isRepeated: boolean }
  | { readonly kind: "rejected"; readonly reason: Rejection };

/** Answers from the order's reservation where there is one, in whatever state, and from the stock otherwise. */
export function answerCheck(
  { lines }: Check,
  reservation: Reservation | undefined,
  stock: Stock,
  isForcedShortage: boolean,
): CheckAnswer {
  if (reservation === undefined) {
    const refusal = findRefusal(lines, stock, isForcedShortage);
    return refusal === undefined ? { kind: "available" } : { kind: "refused", refusal, isRepeated: false };
  }
  const again = repeatReserve(reservation, lines);
  if (again.kind === "rejected") return again;
  if (reservation.status !== "REFUSED") return { kind: "available" };
  return { kind: "refused", refusal: reservation.refusal, isRepeated: true };
}
