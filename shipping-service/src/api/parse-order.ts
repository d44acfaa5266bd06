import { validationFailed } from "@shop/platform/errors";
import { collectViolations } from "@shop/platform/validation";
import { asOrderId, type OrderId } from "../domain/ids.ts";

/** The order that a cancellation or a look-up names. */
export function parseOrder({ orderId }: { orderId: string }): OrderId {
  const violations = collectViolations();
  const id = violations.uuid("order_id", orderId);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return asOrderId(id);
}
