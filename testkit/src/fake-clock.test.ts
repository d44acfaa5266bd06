import { FakeClock } from "./fake-clock.ts";

test("runs what falls due in its order, what is set off meanwhile included", async () => {
  const clock = new FakeClock();
  const startMs = clock.now();
  const startedAt = Date.parse(clock.timestamp());
  const seen: string[] = [];
  clock.schedule(20, () => seen.push(`second at ${clock.now() - startMs}`));
  clock.schedule(10, () => {
    seen.push(`first at ${clock.now() - startMs}`);
    clock.schedule(5, () => seen.push(`set off at ${clock.now() - startMs}`));
  });
  await clock.advance(19);
  expect(seen).toEqual(["first at 10", "set off at 15"]);
  await clock.advance(1);
  expect(seen).toEqual(["first at 10", "set off at 15", "second at 20"]);
  expect(Date.parse(clock.timestamp()) - startedAt).toBe(20);
});

test("forgets what was cancelled", async () => {
  const clock = new FakeClock();
  const callback = jest.fn();
  clock.schedule(10, callback)();
  await clock.advance(20);
  expect(callback).not.toHaveBeenCalled();
  expect(clock.pending).toBe(0);
});
