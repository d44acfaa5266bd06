import { createHash } from "node:crypto";
import type { Address, OrderLine } from "./order.ts";

/** A valid request for a new order, as it was sent: what is absent was left to the defaults. */
export interface OrderRequest {
  readonly lines: readonly OrderLine[];
  readonly shippingAddress?: Address;
  readonly paymentMethod?: string;
  readonly orderId?: string;
  readonly idempotencyKey?: string;
  readonly userId?: string;
}

/** The lines with equal products merged, in the order in which each product came first. */
export function mergeLines(lines: readonly OrderLine[]): OrderLine[] {
  const byProduct = new Map<string, OrderLine>();
  for (const line of lines) {
    const merged = byProduct.get(line.productId);
    byProduct.set(line.productId, { ...merged, ...line, quantity: (merged?.quantity ?? 0) + line.quantity });
  }
  return [...byProduct.values()];
}

/**
 * What two requests have in common when they ask for the same: a SHA-256 over what was sent but for the key.
 * Defaults are left out, so that a profile that changes between a request and its repetition does not matter.
 */
export function fingerprint(request: OrderRequest): string {
  const lines = [...request.lines]
    .sort((left, right) => (left.productId < right.productId ? -1 : 1))
    .map((line) => [
      line.productId,
      line.quantity,
      line.expectedUnitPrice?.minorUnits,
      line.expectedUnitPrice?.currency,
    ]);
  const address = request.shippingAddress;
  const canonical = [
    lines,
    address && [address.street, address.city, address.state, address.zipCode, address.country],
    request.paymentMethod,
    request.orderId,
  ];
  return createHash("sha256").update(JSON.stringify(canonical)).digest("hex");
}
