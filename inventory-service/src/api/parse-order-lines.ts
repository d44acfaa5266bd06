import { validationFailed } from "@shop/platform/errors";
import { fromWireMoney } from "@shop/platform/money";
import { collectViolations, type Violations } from "@shop/platform/validation";
import type { Line, ReserveInventoryRequest } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { asOrderId, asProductId, type OrderId } from "../domain/ids.ts";
import type { RequestedLine } from "../domain/lines.ts";

const MAX_LINES = 100;
const MAX_QUANTITY = 1_000_000;

/** What a check and a reservation ask for. */
export interface OrderLines {
  readonly orderId: OrderId;
  readonly lines: readonly RequestedLine[];
}

export function parseOrderLines({ orderId, lines }: ReserveInventoryRequest): OrderLines {
  const violations = collectViolations();
  const id = violations.uuid("order_id", orderId);
  if (lines.length === 0 || lines.length > MAX_LINES) violations.add("lines", `must be 1 to ${MAX_LINES} lines`);
  const parsed = lines.slice(0, MAX_LINES).map((line, index) => parseLine(violations, `lines[${index}]`, line));
  refuseDuplicates(violations, parsed);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { orderId: asOrderId(id), lines: parsed };
}

function parseLine(violations: Violations, path: string, line: Line): RequestedLine {
  const productId = asProductId(violations.uuid(`${path}.product_id`, line.productId));
  const quantity = violations.integer(`${path}.quantity`, line.quantity, { min: 1, max: MAX_QUANTITY });
  if (line.expectedUnitPrice === undefined) return { productId, quantity };
  const expectedUnitPrice = fromWireMoney(line.expectedUnitPrice);
  if (expectedUnitPrice === undefined || expectedUnitPrice.minorUnits < 0) {
    violations.add(
      `${path}.expected_unit_price`,
      "must be an amount of at least 0 in hundredths of an ISO 4217 currency",
    );
  }
  return { productId, quantity, expectedUnitPrice };
}

function refuseDuplicates(violations: Violations, lines: readonly RequestedLine[]): void {
  const firstIndexes = new Map<string, number>();
  lines.forEach(({ productId }, index) => {
    const first = firstIndexes.get(productId);
    if (first === undefined) firstIndexes.set(productId, index);
    else violations.add(`lines[${index}].product_id`, `must not name the product of lines[${first}] again`);
  });
}
