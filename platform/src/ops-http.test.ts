import { connect } from "node:net";
import { silentLog } from "./logging.ts";
import { createMetrics } from "./metrics.ts";
import { createOpsServer, type OpsServer } from "./ops-http.ts";

let server: OpsServer;

afterEach(() => server.close());

test("serves metrics and health while everything works", async () => {
  await start({ database: async () => {} });
  expect(await (await ask("/metrics")).text()).toContain("orders_total");
  expect((await ask("/health/live")).status).toBe(200);
  for (const path of ["/health", "/health/ready?verbose"]) {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: "ok", checks: { database: { status: "ok" } } });
  }
  expect(await server.isReady()).toBe(true);
});

test("is not ready while a check fails, and says which", async () => {
  await start({ database: () => Promise.reject(new Error("no database")), tokens: async () => {} });
  const answer = await ask("/health/ready");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    status: "failed",
    checks: { database: { status: "failed", message: "no database" }, tokens: { status: "ok" } },
  });
  expect((await ask("/health/live")).status).toBe(200);
});

test("gives up on a check that does not answer, and asks it once for all who ask together", async () => {
  const check = jest.fn(() => new Promise<void>(() => {}));
  await start({ database: check });
  const answers = await Promise.all([ask("/health/ready"), ask("/health/ready"), server.isReady()]);
  expect(answers.slice(0, 2).map((answer) => (answer as Response).status)).toEqual([503, 503]);
  expect(check).toHaveBeenCalledTimes(1);
});

test("is not ready before it is open, nor once it drains", async () => {
  server = createOpsServer(options({}));
  await server.start();
  const statuses: string[] = [];
  for (const next of [() => {}, server.open, server.drain, server.open]) {
    next();
    statuses.push(((await (await ask("/health/ready")).json()) as { status: string }).status);
  }
  expect(statuses).toEqual(["starting", "ok", "draining", "draining"]);
});

const refusals = [
  { method: "POST", path: "/metrics", status: 405 },
  { method: "GET", path: "/elsewhere", status: 404 },
  { method: "GET", path: "//[", status: 404 },
];

test.each(refusals)("answers $method $path with $status", async ({ method, path, status }) => {
  await start({});
  expect((await ask(path, { method })).status).toBe(status);
});

test("closes although a client holds its connection open", async () => {
  await start({});
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /health/live HTTP/1.1\r\nhost: x\r\n"); // The request never ends.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("connect", resolve));
  await server.close();
  await closed;
});

test("fails to start on a port that is taken", async () => {
  await start({});
  const second = createOpsServer({ ...options({}), port: server.port });
  await expect(second.start()).rejects.toMatchObject({ code: "EADDRINUSE" });
  await second.close();
});

async function start(checks: Record<string, () => Promise<void>>): Promise<void> {
  server = createOpsServer(options(checks));
  await server.start();
  server.open();
}

function options(checks: Record<string, () => Promise<void>>) {
  const metrics = createMetrics("test");
  metrics.counter({ name: "orders_total", help: "Orders." });
  return { host: "127.0.0.1", port: 0, metrics, checks, log: silentLog(), checkTimeoutMs: 50 };
}

function ask(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`http://127.0.0.1:${server.port}${path}`, init);
}
