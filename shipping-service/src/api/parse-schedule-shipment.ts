import { validationFailed } from "@shop/platform/errors";
import { collectViolations, type Violations } from "@shop/platform/validation";
import type {
  ScheduleShipmentRequest,
  ShipmentLine,
  ShippingAddress,
} from "@shop/protos/gen/shop/shipping/v1/shipping";
import { asOrderId, type OrderId } from "../domain/ids.ts";
import type { Address, Line, Parcel } from "../domain/parcel.ts";

const MAX_LINES = 100;
const MAX_QUANTITY = 1_000_000;
const MAX_LENGTH = 200;

/** Checks the request; all its faults are told together. */
export function parseScheduleShipment(request: ScheduleShipmentRequest): { orderId: OrderId; parcel: Parcel } {
  const violations = collectViolations();
  const orderId = asOrderId(violations.uuid("order_id", request.orderId));
  const userId = violations.uuid("user_id", request.userId);
  const address = parseAddress(violations, request.address);
  const lines = parseLines(violations, request.lines);
  if (address === undefined || violations.list.length > 0) throw validationFailed(violations.list);
  return { orderId, parcel: { userId, address, lines } };
}

function parseAddress(violations: Violations, address: ShippingAddress | undefined): Address | undefined {
  if (address === undefined) {
    violations.add("address", "is required");
    return undefined;
  }
  const required = { maxLength: MAX_LENGTH, required: true };
  return {
    street: violations.text("address.street", address.street, required),
    city: violations.text("address.city", address.city, required),
    state: violations.text("address.state", address.state, { maxLength: MAX_LENGTH }),
    zipCode: violations.text("address.zip_code", address.zipCode, required),
    country: parseCountry(violations, address.country),
  };
}

function parseCountry(violations: Violations, country: string): string {
  if (!/^[A-Za-z]{2}$/.test(country)) {
    violations.add("address.country", "must be an ISO 3166-1 alpha-2 code, such as US");
  }
  return country.toUpperCase();
}

function parseLines(violations: Violations, lines: readonly ShipmentLine[]): Line[] {
  if (lines.length === 0 || lines.length > MAX_LINES) violations.add("lines", `must be 1 to ${MAX_LINES} lines`);
  const firstIndexes = new Map<string, number>();
  return lines.slice(0, MAX_LINES).map((line, index) => {
    const path = `lines[${index}]`;
    const productId = violations.uuid(`${path}.product_id`, line.productId);
    const quantity = violations.integer(`${path}.quantity`, line.quantity, { min: 1, max: MAX_QUANTITY });
    const first = firstIndexes.get(productId);
    if (first === undefined) firstIndexes.set(productId, index);
    else violations.add(`${path}.product_id`, `must not name the product of lines[${first}] again`);
    return { productId, quantity };
  });
}
