import { billOf } from "./payment-plan.ts";

const RUN = "0123456789abcd";
const bills = Array.from({ length: 3000 }, (_, number) => billOf(number, RUN, 20));

test("of every five calls one is a refund", () => {
  for (let first = 0; first < bills.length; first += 5) {
    expect(bills.slice(first, first + 5).filter(({ isRefund }) => isRefund)).toHaveLength(1);
  }
});

test("a refund gives back a charge of shortly before, and none is given back twice", () => {
  const refunds = bills.filter(({ isRefund }) => isRefund);
  const known = new Map(bills.map((bill, number) => [bill.orderId, { bill, number }]));
  expect(new Set(refunds.map(({ orderId }) => orderId)).size).toBe(refunds.length);
  bills.forEach((bill, number) => {
    if (!bill.isRefund || number < 11) return;
    expect(bills[number - 11]).toMatchObject({ orderId: bill.orderId, isRefund: false, expected: ["charged"] });
    expect(known.has(bill.orderId)).toBe(true);
  });
});

test("a refund of what was never charged is meant to cancel", () => {
  expect(billOf(4, RUN, 20)).toMatchObject({ isRefund: true, expected: ["refunded", "cancelled"] });
});

test("a few charges are meant to be declined", () => {
  const declined = bills.filter(({ expected }) => expected.includes("declined"));
  expect(declined).toHaveLength(150);
  expect(declined.every(({ method }) => method === "pm_declined")).toBe(true);
});

test("ids are UUIDs without a fate, and another run has others", () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8000-[0-9a-f]{11}a$/;
  expect(bills.filter(({ orderId, cents }) => !form.test(orderId) || cents < 100 || cents >= 30_000)).toEqual([]);
  expect(billOf(7, "ffffffffffffff", 20).orderId).not.toBe(billOf(7, RUN, 20).orderId);
});
