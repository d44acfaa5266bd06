import { FakeClock } from "@shop/testkit/fake-clock";
import { createSetBacks } from "./set-backs.ts";

test("leaves a saga alone for twice as long each time, and no longer than that", async () => {
  const clock = new FakeClock();
  const setBacks = createSetBacks(clock);
  expect(setBacks.note("a")).toEqual({ times: 1, retryInMs: 5000 });
  await clock.advance(4999);
  expect(setBacks.resting()).toEqual(["a"]);
  await clock.advance(1);
  expect(setBacks.resting()).toEqual([]);
  expect(setBacks.note("a")).toEqual({ times: 2, retryInMs: 10_000 });
  for (let times = 3; times < 20; times++) setBacks.note("a");
  expect(setBacks.note("a").retryInMs).toBe(300_000);
});

test("begins afresh once the saga could be run, and when a set-back is long over", async () => {
  const clock = new FakeClock();
  const setBacks = createSetBacks(clock);
  for (const id of ["a", "b", "c"]) setBacks.note(id);
  setBacks.clear("a");
  expect(setBacks.resting()).toEqual(["b", "c"]);
  expect(setBacks.note("a").times).toBe(1);
  await clock.advance(300_000);
  setBacks.resting();
  expect(setBacks.note("b").times).toBe(2);
  await clock.advance(10_001);
  setBacks.resting();
  expect(setBacks.note("c").times).toBe(1);
});
