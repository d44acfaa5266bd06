import type { ScheduleShipmentRequest } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { parseScheduleShipment } from "./parse-schedule-shipment.ts";

const productId = "01900000-0000-7000-9000-000000000001";
const address = { street: "1 Main Street", city: "Springfield", state: "", zipCode: "62701", country: "US" };
const request: ScheduleShipmentRequest = {
  orderId: "01900000-0000-7000-8000-00000000000A",
  userId: "01900000-0000-7000-8000-00000000a11c",
  address,
  lines: [{ productId, quantity: 1 }],
};

function fieldsOf(change: Partial<ScheduleShipmentRequest>): string[] {
  try {
    parseScheduleShipment({ ...request, ...change });
    return [];
  } catch (err) {
    return (err as { violations: { field: string }[] }).violations.map(({ field }) => field);
  }
}

function uuid(number: number): string {
  return `01900000-0000-7000-9000-${String(number).padStart(12, "0")}`;
}

function numbered(count: number): { productId: string; quantity: number }[] {
  return Array.from({ length: count }, (_, index) => ({ productId: uuid(index), quantity: 1 }));
}

it("gives ids in small letters and the country in capital ones", () => {
  const parsed = parseScheduleShipment({ ...request, address: { ...address, country: "us" } });
  expect(parsed).toEqual({
    orderId: "01900000-0000-7000-8000-00000000000a",
    parcel: { userId: request.userId, address, lines: request.lines },
  });
});

it.each<[string, Partial<ScheduleShipmentRequest>, string[]]>([
  ["an order id that is none", { orderId: "1" }, ["order_id"]],
  ["an order id with U+0000", { orderId: `${request.orderId}\u0000` }, ["order_id"]],
  ["no user", { userId: "" }, ["user_id"]],
  ["no address", { address: undefined }, ["address"]],
  ["no street", { address: { ...address, street: " " } }, ["address.street"]],
  ["U+0000 in the city", { address: { ...address, city: "a\u0000" } }, ["address.city"]],
  ["a state too long", { address: { ...address, state: "a".repeat(201) } }, ["address.state"]],
  ["no zip code", { address: { ...address, zipCode: "" } }, ["address.zip_code"]],
  ["a country of three letters", { address: { ...address, country: "USA" } }, ["address.country"]],
  ["a country with U+0000", { address: { ...address, country: "U\u0000" } }, ["address.country"]],
  ["no lines", { lines: [] }, ["lines"]],
  ["101 lines", { lines: numbered(101) }, ["lines"]],
  ["a product twice", { lines: [...numbered(2), { productId: uuid(0), quantity: 2 }] }, ["lines[2].product_id"]],
  ["a quantity of 0", { lines: [{ productId, quantity: 0 }] }, ["lines[0].quantity"]],
  ["a quantity below 0", { lines: [{ productId, quantity: -1 }] }, ["lines[0].quantity"]],
  ["a product that is none", { lines: [{ productId: "x", quantity: 1 }] }, ["lines[0].product_id"]],
])("refuses %s", (_, change, fields) => {
  expect(fieldsOf(change)).toEqual(fields);
});

it.each<[string, Partial<ScheduleShipmentRequest>]>([
  ["100 lines", { lines: numbered(100) }],
  ["200 characters", { address: { ...address, street: "a".repeat(200) } }],
])("takes %s", (_, change) => {
  expect(fieldsOf(change)).toEqual([]);
});

it("tells all faults together", () => {
  const fields = fieldsOf({ orderId: "", userId: "", address: { ...address, country: "" }, lines: [] });
  expect(fields).toEqual(["order_id", "user_id", "address.country", "lines"]);
});
