import { runOrderStorm } from "../_order-storm.ts";

test("100,000 orders of 5 lines over 20 products, through three instances at once, deadlock nowhere and lose no unit", async () => {
  const { deadlocks, contradictions, endings, miscounted } = await runOrderStorm({ orders: 100_000, onHand: 20_000 });
  expect({ deadlocks, contradictions, miscounted }).toEqual({ deadlocks: 0, contradictions: [], miscounted: [] });
  expect(Object.values(endings).reduce((sum, count) => sum + count, 0)).toBe(100_000);
  expect(Object.keys(endings).toSorted()).toEqual(["COMMITTED", "EXPIRED", "REFUSED", "RELEASED"]);
}, 300_000);
