import { validationFailed } from "@shop/platform/errors";
import { collectViolations } from "@shop/platform/validation";

/** The id of a request that names an order. Throws VALIDATION_FAILED. */
export function parseOrderId(request: { readonly orderId: string }): string {
  const violations = collectViolations();
  const orderId = violations.uuid("order_id", request.orderId);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return orderId;
}
