import { findRefusal, type Refusal, type ShortageRule, type Stock } from "./availability.ts";
import type { OrderId } from "./ids.ts";
import { areSameLines, type PricedLine, type RequestedLine } from "./lines.ts";
import type { StockMove } from "./product.ts";

/**
 * How the stock stands to one order.
 *
 * - HELD: the units are reserved. Left by commit, release or expiry.
 * - COMMITTED: the units are sold. Final.
 * - RELEASED: the units are back, or nothing may ever be held: the tombstone. Final.
 * - EXPIRED: the units are back, for nobody committed in time. Final.
 * - REFUSED: the units could not be held. Left by a release only.
 */
export type Reservation =
  | (Holding & { readonly status: "HELD" | "COMMITTED" })
  | { readonly status: "RELEASED" | "EXPIRED"; readonly orderId: OrderId }
  | {
      readonly status: "REFUSED";
      readonly orderId: OrderId;
      readonly requested: readonly RequestedLine[];
      readonly refusal: Refusal;
    };

/** What is, or was, held: fixed when it was reserved. */
export interface Holding {
  readonly orderId: OrderId;
  readonly requested: readonly RequestedLine[];
  readonly lines: readonly PricedLine[];
  readonly expiresAt: Date;
}

/** What is asked of a reservation. */
export type Command =
  | { readonly kind: "reserve"; readonly orderId: OrderId; readonly lines: readonly RequestedLine[] }
  | { readonly kind: "commit" | "release" | "expire"; readonly orderId: OrderId };

/** Why a command is turned away with nothing changed. */
export type Rejection = "OTHER_LINES" | "UNDONE" | "EXPIRED" | "COMMITTED" | "NOT_RESERVED";

/** What becomes of a command. `moves` is what the change does to the stock. */
export type Decision =
  | { readonly kind: "changed"; readonly reservation: Reservation; readonly moves: readonly StockMove[] }
  | { readonly kind: "unchanged"; readonly reservation: Reservation }
  | { readonly kind: "rejected"; readonly reason: Rejection };

/** What a decision rests on beside the reservation itself. */
export interface Circumstances {
  readonly stock: Stock;
  /** When a reservation made now lapses. */
  readonly expiresAt: Date;
  readonly isForcedShortage: ShortageRule;
}

/** Decides a command by the reservation's state and never by the clock: a late commit of a held reservation is a sale. */
export function decide(current: Reservation | undefined, command: Command, circumstances: Circumstances): Decision {
  switch (command.kind) {
    case "reserve":
      return current === undefined ? reserve(command, circumstances) : repeatReserve(current, command.lines);
    case "commit":
      return commit(current);
    case "release":
      return release(current, command.orderId);
    case "expire":
      return expire(current);
    default:
      return command satisfies never;
  }
}

/** What a check or a reserve of these lines meets in the reservation: the same answer again, or a rejection. */
export function repeatReserve(current: Reservation, lines: readonly RequestedLine[]): Decision {
  switch (current.status) {
    case "RELEASED":
      return { kind: "rejected", reason: "UNDONE" };
    case "EXPIRED":
      return { kind: "rejected", reason: "EXPIRED" };
    case "HELD":
    case "COMMITTED":
    case "REFUSED":
      return areSameLines(current.requested, lines)
        ? { kind: "unchanged", reservation: current }
        : { kind: "rejected", reason: "OTHER_LINES" };
    default:
      return current satisfies never;
  }
}

function reserve(
  { orderId, lines: requested }: Extract<Command, { kind: "reserve" }>,
  { stock, expiresAt, isForcedShortage }: Circumstances,
): Decision {
  const refusal = findRefusal(requested, stock, isForcedShortage(orderId));
  if (refusal !== undefined) {
    return { kind: "changed", reservation: { status: "REFUSED", orderId, requested, refusal }, moves: [] };
  }
  const lines = requested.flatMap(({ productId, quantity }) => {
    const product = stock.get(productId);
    return product === undefined ? [] : [{ productId, name: product.name, quantity, unitPrice: product.price }];
  });
  return {
    kind: "changed",
    reservation: { status: "HELD", orderId, requested, lines, expiresAt },
    moves: lines.map(({ productId, quantity }) => ({ productId, onHand: 0, reserved: quantity })),
  };
}

function commit(current: Reservation | undefined): Decision {
  switch (current?.status) {
    case "HELD":
      return {
        kind: "changed",
        reservation: { ...current, status: "COMMITTED" },
        moves: current.lines.map(({ productId, quantity }) => ({ productId, onHand: -quantity, reserved: -quantity })),
      };
    case "COMMITTED":
      return { kind: "unchanged", reservation: current };
    case "RELEASED":
      return { kind: "rejected", reason: "UNDONE" };
    case "EXPIRED":
      return { kind: "rejected", reason: "EXPIRED" };
    case "REFUSED":
    case undefined:
      return { kind: "rejected", reason: "NOT_RESERVED" };
    default:
      return current satisfies never;
  }
}

function release(current: Reservation | undefined, orderId: OrderId): Decision {
  switch (current?.status) {
    case "HELD":
      return { kind: "changed", reservation: { status: "RELEASED", orderId }, moves: giveBack(current.lines) };
    case "REFUSED":
    case undefined:
      return { kind: "changed", reservation: { status: "RELEASED", orderId }, moves: [] };
    case "RELEASED":
    case "EXPIRED":
      return { kind: "unchanged", reservation: current };
    case "COMMITTED":
      return { kind: "rejected", reason: "COMMITTED" };
    default:
      return current satisfies never;
  }
}

function expire(current: Reservation | undefined): Decision {
  if (current === undefined) return { kind: "rejected", reason: "NOT_RESERVED" };
  if (current.status !== "HELD") return { kind: "unchanged", reservation: current };
  const { orderId, lines } = current;
  return { kind: "changed", reservation: { status: "EXPIRED", orderId }, moves: giveBack(lines) };
}

function giveBack(lines: readonly PricedLine[]): StockMove[] {
  return lines.map(({ productId, quantity }) => ({ productId, onHand: 0, reserved: -quantity }));
}
