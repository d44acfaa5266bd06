import { validationFailed } from "@shop/platform/errors";
import { fromWireMoney, type Money } from "@shop/platform/money";
import { collectViolations, type Violations } from "@shop/platform/validation";
import type { CreateOrderRequest, NewOrderItem, Address as WireAddress } from "@shop/protos/gen/shop/orders/v1/orders";
import type { Address, OrderLine } from "../domain/order.ts";
import { mergeLines, type OrderRequest } from "../domain/order-request.ts";

const MAX_LINES = 100;
const MAX_QUANTITY = 10_000;
const MAX_TEXT_LENGTH = 200;
const MAX_KEY_LENGTH = 255;
const COUNTRY = /^[A-Z]{2}$/;

/**
 * The request as a valid domain value, equal products merged.
 *
 * @param paymentMethods Those that this installation takes.
 * @param metadataKey The idempotency key that came beside the message, where one did.
 * @throws AppError VALIDATION_FAILED with every field that is wrong.
 */
export function parseCreateOrder(
  request: CreateOrderRequest,
  paymentMethods: readonly string[],
  metadataKey = "",
): OrderRequest {
  const violations = collectViolations();
  const lines = parseItems(request.items, violations);
  const shippingAddress = request.shippingAddress && parseAddress(request.shippingAddress, violations);
  if (request.paymentMethod !== "" && !paymentMethods.includes(request.paymentMethod)) {
    violations.add("payment_method", `must be one of: ${paymentMethods.join(", ")}`);
  }
  const idempotencyKey = request.idempotencyKey || metadataKey;
  violations.text("idempotency_key", idempotencyKey, { maxLength: MAX_KEY_LENGTH });
  if (metadataKey !== "" && idempotencyKey !== metadataKey) {
    violations.add("idempotency_key", "must be that of the metadata idempotency-key, where both are sent");
  }
  const parsed: OrderRequest = {
    lines,
    shippingAddress,
    paymentMethod: request.paymentMethod || undefined,
    orderId: optionalUuid("order_id", request.orderId, violations),
    idempotencyKey: idempotencyKey || undefined,
    userId: optionalUuid("user_id", request.userId, violations),
  };
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return parsed;
}

function parseItems(items: readonly NewOrderItem[], violations: Violations): OrderLine[] {
  if (items.length < 1 || items.length > MAX_LINES) violations.add("items", `must have 1 to ${MAX_LINES} lines`);
  const lines = items.slice(0, MAX_LINES).map((item, index) => parseItem(item, `items[${index}]`, violations));
  refuseTwoPrices(lines, violations);
  return mergeLines(lines);
}

function parseItem(item: NewOrderItem, field: string, violations: Violations): OrderLine {
  return {
    productId: violations.uuid(`${field}.product_id`, item.productId),
    quantity: violations.integer(`${field}.quantity`, item.quantity, { min: 1, max: MAX_QUANTITY }),
    ...(item.expectedUnitPrice && { expectedUnitPrice: parsePrice(item, field, violations) }),
  };
}

function parsePrice(item: NewOrderItem, field: string, violations: Violations): Money | undefined {
  const price = item.expectedUnitPrice && fromWireMoney(item.expectedUnitPrice);
  if (price === undefined || price.minorUnits < 0) {
    violations.add(
      `${field}.expected_unit_price`,
      "must be an amount of zero or more with at most two decimals and an ISO 4217 currency",
    );
  }
  return price;
}

/** Lines of one product are merged into one, which has one price. */
function refuseTwoPrices(lines: readonly OrderLine[], violations: Violations): void {
  const prices = new Map<string, string>();
  lines.forEach((line, index) => {
    if (line.expectedUnitPrice === undefined) return;
    const price = `${line.expectedUnitPrice.minorUnits} ${line.expectedUnitPrice.currency}`;
    const earlier = prices.get(line.productId) ?? price;
    if (earlier !== price)
      violations.add(`items[${index}].expected_unit_price`, "must be that of the product's other line");
    prices.set(line.productId, earlier);
  });
}

function parseAddress(address: WireAddress, violations: Violations): Address {
  const text = (field: string, value: string, required = true) =>
    violations.text(`shipping_address.${field}`, value, { maxLength: MAX_TEXT_LENGTH, required });
  const parsed = {
    street: text("street", address.street),
    city: text("city", address.city),
    state: text("state", address.state, false),
    zipCode: text("zip_code", address.zipCode),
    country: text("country", address.country),
  };
  if (parsed.country.trim() !== "" && !COUNTRY.test(parsed.country)) {
    violations.add("shipping_address.country", 'must be an ISO 3166-1 alpha-2 code in capital letters, such as "US"');
  }
  return parsed;
}

function optionalUuid(field: string, value: string, violations: Violations): string | undefined {
  return value === "" ? undefined : violations.uuid(field, value);
}
