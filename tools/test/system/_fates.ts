import type { CreateOrderRequest, DeepPartial } from "@shop/protos/gen/shop/orders/v1/orders";
import { FAR, HOME } from "./_shop.ts";

/** Something affordable that the demo's catalogue has plenty of. */
export const LAMP = "01900000-0000-7000-9000-000000000001";

/** An order whose end is certain, and what is done for it when nothing goes wrong: its deeds, in order. */
export interface Fate {
  readonly name: string;
  readonly request: DeepPartial<CreateOrderRequest>;
  readonly status: "Completed" | "Failed";
  readonly charges: number;
  readonly deeds: readonly string[];
}

const forward = ["insert", "check", "reserve", "process"];

/** A good order, one that is refused, and one that is undone. */
export const fates = {
  good: {
    name: "a good order",
    request: { shippingAddress: HOME },
    status: "Completed",
    charges: 1,
    deeds: [...forward, "schedule", "commit", "write Completed"],
  },
  declined: {
    name: "a declined order",
    request: { shippingAddress: HOME, paymentMethod: "pm_declined" },
    status: "Failed",
    charges: 0,
    deeds: [...forward, "write Compensating", "release", "write Compensated"],
  },
  undone: {
    name: "an order that cannot be delivered",
    request: { shippingAddress: FAR },
    status: "Failed",
    charges: 1,
    deeds: [...forward, "schedule", "write Compensating", "refund", "release", "write Compensated"],
  },
} satisfies Record<string, Fate>;
