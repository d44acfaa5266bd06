import { eventually } from "./eventually.ts";

test("gives the value of the first call that does not throw", async () => {
  let calls = 0;
  const value = await eventually(() => {
    calls += 1;
    if (calls < 3) throw new Error("not yet");
    return calls;
  });
  expect(value).toBe(3);
});

test("throws the last error when time is up", async () => {
  const never = eventually(() => Promise.reject(new Error("still not")), { timeoutMs: 30, intervalMs: 5 });
  await expect(never).rejects.toThrow("still not");
  await expect(eventually(() => false, { timeoutMs: 30, intervalMs: 5 })).rejects.toThrow("not true");
});
