import type { OrderOutcome } from "./thresholds.ts";
import { ORDER_OUTCOMES } from "./thresholds.ts";

/** An order as both doors tell it. */
export interface Order {
  readonly id: string;
  readonly status: string;
  readonly lines: readonly { readonly quantity: number; readonly unitPriceCents?: number }[];
  readonly totalCents?: number;
  readonly failureCode?: string;
}

export interface Saga {
  readonly status: string;
  /** The names of its steps and undos. */
  readonly steps: readonly string[];
}

const UNDOS = ["ReleaseInventory", "RefundPayment", "CancelShipment"];

/** Whether the total is the sum of the lines; before the stock is reserved there is neither price nor total. */
export function amountsAgree({ lines, totalCents }: Order): boolean {
  const priced = lines.filter(({ unitPriceCents }) => unitPriceCents !== undefined);
  if (totalCents === undefined) return priced.length === 0;
  const sum = lines.reduce((cents, line) => cents + line.quantity * (line.unitPriceCents ?? Number.NaN), 0);
  return sum === totalCents;
}

export function isEnded({ status }: Order): boolean {
  return status === "Completed" || status === "Failed";
}

/** What the report counts the order as. */
export function outcomeOf(order: Order): OrderOutcome {
  if (!isEnded(order)) return "pending";
  const name = order.failureCode ?? order.status;
  return ORDER_OUTCOMES.find((known) => known === name) ?? "other";
}

export function undosIn({ steps }: Saga): number {
  return steps.filter((step) => UNDOS.includes(step)).length;
}

/** Whether the saga tells the same end as its order; an undo may still be on its way when the order has failed. */
export function sagaAgrees(order: Order, { status }: Saga): boolean {
  switch (order.status) {
    case "Completed":
      return status === "Completed";
    case "Failed":
      return status === "Failed" || status === "Compensated" || status === "Compensating";
    default:
      return true;
  }
}
