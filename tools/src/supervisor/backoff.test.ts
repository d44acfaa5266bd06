import { backoffDelayMs, defaultBackoff } from "./backoff.ts";

test("doubles the delay with each failure up to the longest", () => {
  const delays = [1, 2, 3, 6, 7, 1000].map((failures) => backoffDelayMs(failures, defaultBackoff));
  expect(delays).toEqual([250, 500, 1000, 8000, 10_000, 10_000]);
});
