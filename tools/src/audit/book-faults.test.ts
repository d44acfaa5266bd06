import { faultsOf } from "./book-faults.ts";
import type { Books, OrderAccount, ProductAccount, StrangeAccount } from "./books.ts";

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
const lamp: ProductAccount = { productId: "lamp", onHand: 9, reserved: 0, adjusted: 0, sold: 1, held: 0 };
const books = (order: Partial<OrderAccount>, product: Partial<ProductAccount> = {}): Books => ({
  orders: [{ ...sold, ...order }],
  products: [{ ...lamp, ...product }],
  strangePayments: [],
});

test("finds nothing wrong with an order that is sold and one that is undone", () => {
  const before = [{ ...lamp, onHand: 10, sold: 0 }];
  expect(faultsOf({ orders: [sold, undone], products: [lamp], strangePayments: [] }, before)).toEqual([]);
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

test("what an Admin put on the shelf was not sold from it", () => {
  const before = [{ ...lamp, onHand: 10, adjusted: 5, sold: 0 }];
  expect(faultsOf(books({}, { onHand: 29, adjusted: 25 }), before)).toEqual([]);
  expect(faultsOf(books({}, { onHand: 30, adjusted: 25 }), before)).toEqual([
    "product lamp: 0 left the shelf, 1 were sold",
  ]);
});

describe("a payment of the load test", () => {
  const charge = { orderId: "b", origin: "load-test", amount: 500, charged: 500, refunded: 0, charges: 1, refunds: 0 };
  const faults = (payment: StrangeAccount) => faultsOf({ orders: [], products: [], strangePayments: [payment] });

  test.each<[string, Partial<StrangeAccount>]>([
    ["COMPLETED", {}],
    ["REFUNDED", { refunded: 500, refunds: 1 }],
    ["CANCELLED", { refunded: 500, refunds: 1 }],
    ["CANCELLED", { amount: 0, charged: 0, charges: 0 }],
    ["DECLINED", { charged: 0, charges: 0 }],
    ["PENDING", {}],
    ["PENDING", { charged: 0, charges: 0 }],
    ["REFUNDING", { refunded: 500, refunds: 1 }],
  ])("that is %s has nothing wrong: %j", (status, changes) => {
    expect(faults({ ...charge, ...changes, status })).toEqual([]);
  });

  test.each<[string, Partial<StrangeAccount>, string]>([
    ["COMPLETED", { charges: 2, charged: 1000 }, "charged 2 times"],
    ["COMPLETED", { charged: 0, charges: 0 }, "is COMPLETED and charged 0 instead of 500"],
    ["REFUNDED", {}, "is REFUNDED and charged 500 instead of 0"],
    ["REFUNDED", { refunds: 2, refunded: 1000 }, "refunded 2 times"],
    ["CANCELLED", {}, "is CANCELLED and charged 500 instead of 0"],
    ["DECLINED", {}, "is DECLINED and charged 500 instead of 0"],
  ])("that is %s is told of with its origin: %j", (status, changes, fault) => {
    expect(faults({ ...charge, ...changes, status }).join("\n")).toContain(`payment b of load-test: ${fault}`);
  });
});
