import { createHash } from "node:crypto";
import type { OrderId } from "./ids.ts";

/** Capital letters and digits but those that are easily taken for another: I, L, O, U. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The tracking number of an order's shipment: always the same one, and none that tells the order's id. */
export function trackingNumberOf(orderId: OrderId): string {
  const digest = createHash("sha256").update(orderId).digest().subarray(0, 16);
  return `SH${Array.from(digest, (byte) => alphabet[byte % 32]).join("")}`;
}
