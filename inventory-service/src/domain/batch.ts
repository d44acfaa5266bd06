import type { Stock } from "./availability.ts";
import type { OrderId, ProductId } from "./ids.ts";
import { moveStock, type Product, type StockMove } from "./product.ts";
import { type Circumstances, type Command, type Decision, decide, type Reservation } from "./reservation.ts";

/** What the commands meet: the reservations and the products that they name, those of them that exist. */
export interface Ledger {
  readonly reservations: ReadonlyMap<OrderId, Reservation>;
  readonly stock: Stock;
}

/** What becomes of a batch, and all that has to be written. */
export interface BatchDecision {
  /** One for each command, in their order. */
  readonly decisions: readonly Decision[];
  /** The reservations that end other than they began, each once. */
  readonly reservations: readonly Reservation[];
  /** The sum of the moves of each product whose stock changes. */
  readonly moves: readonly StockMove[];
}

/** Decides the commands one after the other, each on what the earlier ones leave. */
export function decideBatch(
  ledger: Ledger,
  commands: readonly Command[],
  circumstances: Omit<Circumstances, "stock">,
): BatchDecision {
  const reservations = new Map(ledger.reservations);
  const stock = new Map(ledger.stock);
  const changed = new Map<OrderId, Reservation>();
  const decisions = commands.map((command) => {
    const decision = decide(reservations.get(command.orderId), command, { ...circumstances, stock });
    if (decision.kind === "changed") {
      reservations.set(command.orderId, decision.reservation);
      changed.set(command.orderId, decision.reservation);
      applyMoves(stock, decision.moves);
    }
    return decision;
  });
  return { decisions, reservations: [...changed.values()], moves: differences(ledger.stock, stock) };
}

/** The products whose stock the commands may change: those asked for and those held. */
export function productsOf(commands: readonly Command[], reservations: Ledger["reservations"]): ProductId[] {
  const ids = new Set<ProductId>();
  for (const command of commands) {
    const reservation = reservations.get(command.orderId);
    if (reservation?.status === "HELD") for (const { productId } of reservation.lines) ids.add(productId);
    if (reservation === undefined && command.kind === "reserve") {
      for (const { productId } of command.lines) ids.add(productId);
    }
  }
  return [...ids].sort();
}

function applyMoves(stock: Map<ProductId, Product>, moves: readonly StockMove[]): void {
  for (const move of moves) {
    const product = stock.get(move.productId);
    if (product !== undefined) stock.set(move.productId, moveStock(product, move));
  }
}

function differences(before: Stock, after: Stock): StockMove[] {
  const moves: StockMove[] = [];
  for (const [productId, product] of after) {
    const earlier = before.get(productId) ?? product;
    const move = { productId, onHand: product.onHand - earlier.onHand, reserved: product.reserved - earlier.reserved };
    if (move.onHand !== 0 || move.reserved !== 0) moves.push(move);
  }
  return moves;
}
