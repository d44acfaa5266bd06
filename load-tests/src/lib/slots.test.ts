import fc from "fast-check";
import { slotAt, slotsOf } from "./slots.ts";

test.each([
  [30, 1, 30],
  [300, 5, 60],
  [960, 20, 48],
  [1140, 20, 57],
  [13.5, 1, 14],
  [0.1, 1, 1],
  [7200, 120, 60],
])("a run of %d s has slots of %d s, %d of them", (run, seconds, count) => {
  expect(slotsOf(run)).toEqual({ seconds, count });
});

test("every moment has a slot, what comes late or early the last or the first", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 100_000, noNaN: true }),
      fc.integer({ min: -5000, max: 200_000_000 }),
      (run, at) => {
        const slots = slotsOf(run);
        const slot = slotAt(slots, at);
        expect(slots.count).toBeLessThanOrEqual(60);
        expect(slot).toBeGreaterThanOrEqual(0);
        expect(slot).toBeLessThan(slots.count);
      },
    ),
  );
});

test("a slot begins with its first millisecond", () => {
  const slots = slotsOf(300);
  expect([0, 4999, 5000, 299_999, 300_000].map((at) => slotAt(slots, at))).toEqual([0, 0, 1, 59, 59]);
});
