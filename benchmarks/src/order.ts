import { randomUUID } from "node:crypto";
import { v7 } from "uuid";

/** What both contenders are given. */
export interface BenchOrder {
  readonly id: string;
  readonly userId: string;
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
  readonly shippingAddress: {
    readonly street: string;
    readonly city: string;
    readonly state: string;
    readonly zipCode: string;
    readonly country: string;
  };
  readonly paymentMethod: "pm_ok" | "pm_declined";
}

/** How an order ended. */
export type Ending = "completed" | "undone";

/** One that takes part in the race. */
export interface Contender {
  /** Resolves when the order has ended and that is durable. */
  placeOrder(order: BenchOrder): Promise<Ending>;
  close(): Promise<void>;
}

const products = Array.from({ length: 24 }, () => randomUUID());
const users = Array.from({ length: 100 }, () => randomUUID());
const shippingAddress = { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };

/** The `index`th order of a run: every tenth is declined. */
export function benchOrder(index: number): BenchOrder {
  return {
    id: v7(),
    userId: users[index % users.length] as string,
    lines: [{ productId: products[index % products.length] as string, quantity: 1 + (index % 3) }],
    shippingAddress,
    paymentMethod: index % 10 === 9 ? "pm_declined" : "pm_ok",
  };
}
