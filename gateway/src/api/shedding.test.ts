import { nextShare } from "./shedding.ts";

describe("nextShare", () => {
  it("halves while the process is late, and never lets nobody in", () => {
    expect(nextShare(1, 251, 250)).toBe(0.5);
    expect(nextShare(0.5, 9_000, 250)).toBe(0.25);
    expect(nextShare(0.06, 9_000, 250)).toBe(0.05);
  });

  it("grows step by step while it is not, up to all", () => {
    expect(nextShare(0.5, 250, 250)).toBeCloseTo(0.6);
    expect(nextShare(0.95, 0, 250)).toBe(1);
    expect(nextShare(1, 0, 250)).toBe(1);
  });
});
