import { createFakeClock } from "./fake-clock.ts";

test("runs what falls due in its order, what is set off meanwhile included", async () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  clock.schedule(20, () => seen.push(`second at ${clock.now()}`));
  clock.schedule(10, () => {
    seen.push(`first at ${clock.now()}`);
    clock.schedule(5, () => seen.push(`set off at ${clock.now()}`));
  });
  await clock.advance(19);
  expect(seen).toEqual(["first at 10", "set off at 15"]);
  await clock.advance(1);
  expect(seen).toEqual(["first at 10", "set off at 15", "second at 20"]);
  expect(clock.timestamp()).toBe("2026-01-01T00:00:00.020Z");
});

test("forgets what was cancelled", async () => {
  const clock = createFakeClock();
  const callback = jest.fn();
  clock.schedule(10, callback)();
  await clock.advance(20);
  expect(callback).not.toHaveBeenCalled();
  expect(clock.pending).toBe(0);
});

test("wakes a sleeper in time, or when its signal aborts", async () => {
  const clock = createFakeClock();
  const aborting = new AbortController();
  const seen: string[] = [];
  const sleepers = [
    clock.sleep(10).then(() => seen.push("in time")),
    clock.sleep(1000, aborting.signal).then(() => seen.push("aborted")),
  ];
  await clock.advance(10);
  aborting.abort();
  await Promise.all(sleepers);
  expect(seen).toEqual(["in time", "aborted"]);
  expect(clock.pending).toBe(0);
});
