import { faultsOf } from "./book-faults.ts";
import type { Books, OrderAccount, ProductAccount } from "./books.ts";

const sold: OrderAccount = {
  orderId: "a",
  order: { status: "Completed", saga: "Completed", totalMinor: 500 },
  charged: 500,
  refunded: 0,
  charges: 1,
  refunds: 0,
  reservation: "COMMITTED",
  shipment: "SCHEDULED",
};
const undone: OrderAccount = {
  ...sold,
  order: { status: "Failed", saga: "Compensated", totalMinor: 500 },
  refunded: 500,
  refunds: 1,
  reservation: "RELEASED",
  shipment: "CANCELLED",
};
const lamp: ProductAccount = { productId: "lamp", onHand: 9, reserved: 0, sold: 1, held: 0 };
const books = (order: Partial<OrderAccount>, product: Partial<ProductAccount> = {}): Books => ({
  orders: [{ ...sold, ...order }],
  products: [{ ...lamp, ...product }],
});

test("finds nothing wrong with an order that is sold and one that is undone", () => {
  const before = [{ ...lamp, onHand: 10, sold: 0 }];
  expect(faultsOf({ orders: [sold, undone], products: [lamp] }, before)).toEqual([]);
});

test.each<[string, Books, string]>([
  ["an order under way", books({ order: { status: "Submitted", saga: "Parked", totalMinor: 0 } }), "its saga Parked"],
  ["a charge that is missing", books({ charged: 0, charges: 0 }), "is charged 0 instead of 500"],
  ["a second charge", books({ charges: 2, charged: 1000 }), "charged 2 times"],
  ["goods that were not sold", books({ reservation: "RELEASED" }), "is Completed, its stock RELEASED"],
  ["a parcel that is missing", books({ shipment: undefined }), "its shipment never scheduled"],
  ["money that was not given back", books({ ...undone, refunded: 0, refunds: 0 }), "is Failed and charged 500"],
  ["goods that are held for nobody", books({ ...undone, reservation: "HELD" }), "is Failed, its stock HELD"],
  ["a parcel that nobody ordered", books({ ...undone, shipment: "SCHEDULED" }), "is Failed and shipped"],
  ["a charge without an order", books({ ...sold, order: undefined }), "nobody's order is charged 500"],
  ["stock that stays reserved", books({}, { reserved: 2 }), "2 reserved, by its reservations 0"],
])("tells of %s", (_, found, fault) => {
  expect(faultsOf(found).join("\n")).toContain(fault);
});

test("compares what left the shelves with what was sold", () => {
  const before = [{ ...lamp, onHand: 12, sold: 0 }];
  expect(faultsOf(books({}), before)).toEqual(["product lamp: 3 left the shelf, 1 were sold"]);
});
