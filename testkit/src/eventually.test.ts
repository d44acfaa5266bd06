import { createServer } from "node:net";
import { eventually } from "./eventually.ts";
import { freePort } from "./free-port.ts";

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

test("finds a port that can be listened on", async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(port, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => {
    server.close(resolve);
  });
  expect(port).toBeGreaterThan(0);
});
