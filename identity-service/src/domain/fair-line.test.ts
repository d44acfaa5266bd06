import fc from "fast-check";
import { createFairLine } from "./fair-line.ts";

function leave<T>(line: { next(): T | undefined }): T[] {
  const left: T[] = [];
  for (let next = line.next(); next !== undefined; next = line.next()) left.push(next);
  return left;
}

describe("createFairLine", () => {
  it("keeps the order of one key, and goes round several", () => {
    const line = createFairLine<string>(10);
    for (const one of ["a1", "a2", "a3", "b1", "c1", "b2"]) line.join(one[0] ?? "", one);
    expect(leave(line)).toEqual(["a1", "b1", "c1", "a2", "b2", "a3"]);
  });

  it("sends away the latest of the key with the most places for one that has fewer", () => {
    const line = createFairLine<string>(4);
    for (const one of ["a1", "a2", "a3", "a4"]) expect(line.join("a", one)).toBeUndefined();
    expect(line.join("a", "a5")).toBe("a5");
    expect(line.join("b", "b1")).toBe("a4");
    expect(line.join("b", "b2")).toBe("a3");
    expect(line.join("b", "b3")).toBe("b3");
    expect(leave(line)).toEqual(["a1", "b1", "a2", "b2"]);
  });

  it("sends nobody away for one who would have as many places", () => {
    const line = createFairLine<string>(2);
    line.join("a", "a1");
    line.join("b", "b1");
    expect(line.join("c", "c1")).toBe("c1");
  });

  it("never holds more than its places, and loses nobody", () => {
    const key = fc.constantFrom("a", "b", "c");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.option(key), { maxLength: 60 }), (places, steps) => {
        const line = createFairLine<number>(places);
        const inside = new Set<number>();
        steps.forEach((joined, index) => {
          const gone = joined === null ? line.next() : line.join(joined, index);
          if (joined !== null) inside.add(index);
          if (gone !== undefined) expect(inside.delete(gone)).toBe(true);
          expect(inside.size).toBeLessThanOrEqual(places);
        });
        expect(leave(line).sort()).toEqual([...inside].sort());
      }),
    );
  });
});
