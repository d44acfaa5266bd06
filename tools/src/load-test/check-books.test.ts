import type { Books, OrderAccount, StrangeAccount } from "../audit/books.ts";
import { verdictOf } from "./check-books.ts";

const sold: OrderAccount = {
  orderId: "a",
  order: { status: "Completed", saga: "Completed", totalMinor: 500 },
  ...{ charged: 500, refunded: 0, charges: 1, refunds: 0 },
  reservation: "COMMITTED",
  shipment: "SCHEDULED",
};
const paid: StrangeAccount = {
  ...{ orderId: "b", origin: "load-test", status: "COMPLETED", amount: 500 },
  ...{ charged: 500, refunded: 0, charges: 1, refunds: 0 },
};
const lamp = { productId: "lamp", onHand: 9, reserved: 0, adjusted: 0, sold: 1, held: 0 };
const books: Books = { orders: [sold], products: [lamp], strangePayments: [paid] };
const nothing: Books = { orders: [], products: [], strangePayments: [] };
const before = [{ ...lamp, onHand: 10, sold: 0 }];
const told = { orders: 1, completedOrders: 1, chargedPayments: 1, refundedPayments: 0 };

test("books that are exact, and know of all that callers were told, are good", () => {
  const { isExact, text } = verdictOf(books, 0, { before, told });
  expect(isExact).toBe(true);
  expect(text.split("\n")).toEqual([
    "Orders    1: 1 completed, 0 failed",
    "Charges   1 for orders, 0 of them given back",
    "Payments  1 without an order: 1 charged, 0 of them given back",
    "Verdict   No order was lost and nobody was charged twice: all has ended as it must, and the books are exact.",
  ]);
});

test.each([
  ["orders that have not ended", books, 3, told, "3 orders have not ended"],
  ["an order that was lost", books, 0, { ...told, completedOrders: 2 }, "told of 2 completed orders, the books have 1"],
  ["a payment that was lost", books, 0, { ...told, chargedPayments: 2 }, "told of 2 payments that are charged"],
  ["an order that is charged twice", { ...books, orders: [{ ...sold, charges: 2 }] }, 0, told, "charged 2 times"],
  [
    "a payment that is charged twice",
    { ...books, strangePayments: [{ ...paid, charges: 2 }] },
    0,
    told,
    "payment b of load-test: charged 2 times",
  ],
])("tells of %s", (_, found, open, callersWereTold, fault) => {
  const { isExact, text } = verdictOf(found, open, { before, told: callersWereTold });
  expect(isExact).toBe(false);
  expect(text).toContain("THE BOOKS ARE NOT EXACT");
  expect(text).toContain(fault);
});

test("shows the first of very many faults, and counts the others", () => {
  const orders = Array.from({ length: 30 }, (_, index) => ({ ...sold, orderId: String(index), charges: 2 }));
  const { text } = verdictOf({ ...books, orders, products: [] }, 0, { before: [] });
  expect(text.match(/charged 2 times/g)).toHaveLength(20);
  expect(text).toContain("and 10 more");
});

test("claims nothing where nothing was asked for", () => {
  const { isExact, text } = verdictOf(nothing, 0, { before: [] });
  expect(isExact).toBe(true);
  expect(text).toContain("show nothing");
});
