import { amountsAgree, isEnded, type Order, outcomeOf, sagaAgrees, undosIn } from "./order.ts";

const order: Order = {
  id: "1",
  status: "Completed",
  lines: [
    { quantity: 2, unitPriceCents: 12_999 },
    { quantity: 1, unitPriceCents: 995 },
  ],
  totalCents: 26_993,
};

test("a total has to be the sum of its lines", () => {
  expect(amountsAgree(order)).toBe(true);
  expect(amountsAgree({ ...order, totalCents: 26_992 })).toBe(false);
  expect(amountsAgree({ ...order, totalCents: undefined })).toBe(false);
});

test("an order without prices has no total either", () => {
  const lines = [{ quantity: 2 }];
  expect(amountsAgree({ ...order, lines, totalCents: undefined })).toBe(true);
  expect(amountsAgree({ ...order, lines })).toBe(false);
});

test.each([
  ["Completed", undefined, "Completed"],
  ["Failed", "PAYMENT_DECLINED", "PAYMENT_DECLINED"],
  ["Failed", "SOMETHING_NEW", "other"],
  ["InventoryReserved", undefined, "pending"],
])("an order that is %s for %s counts as %s", (status, failureCode, outcome) => {
  expect(outcomeOf({ ...order, status, failureCode })).toBe(outcome);
  expect(isEnded({ ...order, status })).toBe(outcome !== "pending");
});

test("only undos are counted as such", () => {
  const steps = ["ReserveInventory", "ProcessPayment", "ScheduleShipment", "RefundPayment", "ReleaseInventory"];
  expect(undosIn({ status: "Compensated", steps })).toBe(2);
  expect(undosIn({ status: "Completed", steps: steps.slice(0, 3) })).toBe(0);
});

test("a saga that tells another end than its order is noticed", () => {
  const failed = { ...order, status: "Failed" };
  const tells = (found: Order, status: string) => sagaAgrees(found, { status, steps: [] });
  expect(tells(order, "Completed")).toBe(true);
  expect(tells(order, "Compensated")).toBe(false);
  expect([tells(failed, "Failed"), tells(failed, "Compensated"), tells(failed, "Compensating")]).toEqual([
    true,
    true,
    true,
  ]);
  expect(tells(failed, "Completed")).toBe(false);
  expect(tells({ ...order, status: "Submitted" }, "Parked")).toBe(true);
});
