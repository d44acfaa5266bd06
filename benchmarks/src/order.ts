import { randomUUID } from "node:crypto";
import { v7 } from "uuid";

/** What both engines are given. */
export interface BenchOrder {
  readonly id: string;
  readonly userId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly paymentMethod: "pm_ok" | "pm_declined";
}

/** How an order ended. */
export type Ending = "completed" | "undone";

/** An engine in the race. */
export interface Contender {
  /** Resolves when the order has ended and that is durable. */
  placeOrder(order: BenchOrder): Promise<Ending>;
  close(): Promise<void>;
}

const products = Array.from({ length: 24 }, () => randomUUID());
const users = Array.from({ length: 100 }, () => randomUUID());

/** The `index`th order of a run: every tenth is declined. */
export function benchOrder(index: number): BenchOrder {
  return {
    id: v7(),
    userId: users[index % users.length] as string,
    productId: products[index % products.length] as string,
    quantity: 1 + (index % 3),
    paymentMethod: index % 10 === 9 ? "pm_declined" : "pm_ok",
  };
}
