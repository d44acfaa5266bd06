import { signalEcho } from "./signal-echo.ts";

test("takes a signal that follows at once for the echo of the one before, and a later one for what it is", () => {
  let now = 1_000;
  const isEcho = signalEcho(() => now);
  const at = (ms: number) => {
    now = 1_000 + ms;
    return isEcho();
  };
  expect([at(0), at(30), at(499), at(700), at(710), at(5_000)]).toEqual([false, true, true, false, true, false]);
});
