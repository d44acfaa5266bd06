import { createBounded } from "./bounded.ts";

function gate() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { work: () => promise, open: () => resolve("done"), fail: () => reject(new Error("failed")) };
}

describe("createBounded", () => {
  it("runs at most `limit` at a time, in the order they came", async () => {
    const bounded = createBounded({ limit: 2, queue: 10 });
    const gates = [gate(), gate(), gate(), gate()];
    const started: number[] = [];
    const runs = gates.map(({ work }, index) =>
      bounded.run(() => {
        started.push(index);
        return work();
      }),
    );

    expect(started).toEqual([0, 1]);
    gates[1]?.open();
    await runs[1];
    expect(started).toEqual([0, 1, 2]);
    for (const { open } of gates) open();
    await Promise.all(runs);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it("refuses what does not fit into the queue", async () => {
    const bounded = createBounded({ limit: 1, queue: 1 });
    const { work, open } = gate();
    const runs = [bounded.run(work), bounded.run(work)];

    await expect(bounded.run(work)).rejects.toMatchObject({ code: "OVERLOADED", retryAfterMs: 1_000 });
    open();
    expect(await Promise.all(runs)).toEqual(["done", "done"]);
  });

  it("goes on after work that failed", async () => {
    const bounded = createBounded({ limit: 1, queue: 1 });
    const { work, fail } = gate();
    const failing = bounded.run(work);
    const next = bounded.run(async () => "next");
    fail();

    await expect(failing).rejects.toThrow("failed");
    expect(await next).toBe("next");
  });

  it("gives turns to the preferred first, then round the keys", async () => {
    const bounded = createBounded({ limit: 1, queue: 10 });
    const { work, open } = gate();
    const first = bounded.run(work);
    const order: string[] = [];
    const runs = ["a1", "a2", "b1", "*p1"].map((name) =>
      bounded.run(async () => void order.push(name), { key: name.slice(0, 1), isPreferred: name.startsWith("*") }),
    );
    open();
    await Promise.all([first, ...runs]);
    expect(order).toEqual(["*p1", "a1", "b1", "a2"]);
  });

  it("keeps places for the preferred where the others have taken all of theirs", async () => {
    const bounded = createBounded({ limit: 1, queue: 1 });
    const { work, open } = gate();
    const runs = [bounded.run(work), bounded.run(work)];

    await expect(bounded.run(work)).rejects.toMatchObject({ code: "OVERLOADED" });
    runs.push(bounded.run(work, { key: "a", isPreferred: true }));
    await expect(bounded.run(work, { key: "a", isPreferred: true })).rejects.toMatchObject({ code: "OVERLOADED" });
    open();
    await Promise.all(runs);
  });
});
