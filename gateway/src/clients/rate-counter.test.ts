import { createMemoryCounter } from "./rate-counter.ts";

describe("createMemoryCounter", () => {
  let now: number;
  beforeEach(() => {
    now = 0;
  });
  const counter = () => createMemoryCounter(() => now);

  it("counts each key apart, in windows that begin with its first", async () => {
    const { count } = counter();

    expect(await count("a", 1_000)).toEqual({ current: 1, leftMs: 1_000 });
    now = 400;
    expect(await count("b", 1_000)).toEqual({ current: 1, leftMs: 1_000 });
    expect(await count("a", 1_000)).toEqual({ current: 2, leftMs: 600 });
    now = 1_000;
    expect(await count("a", 1_000)).toEqual({ current: 1, leftMs: 1_000 });
    expect(await count("b", 1_000)).toEqual({ current: 2, leftMs: 400 });
  });

  it("remembers so many and no more, the newest", async () => {
    const { count } = counter();
    await count("first", 1_000);
    for (let key = 0; key < 50_000; key++) await count(String(key), 1_000);

    expect(await count("49999", 1_000)).toMatchObject({ current: 2 });
    expect(await count("first", 1_000)).toMatchObject({ current: 1 });
  });
});
