import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "@shop/testkit/eventually";
import { echoes } from "../test/_grpc-batch.ts";
import type { AppError } from "./errors.ts";
import { createRpcClient } from "./grpc-client.ts";

const callers = 64;
const kills = 3;

test("a server that is killed again and again in the midst of batches: no call is made twice, and each has its own end", async () => {
  const folder = mkdtempSync(join(tmpdir(), "batch-"));
  const ledger = join(folder, "calls");
  let server = await startServer(ledger, 0);
  const { port } = server;
  const client = createRpcClient(echoes, { address: `127.0.0.1:${port}`, isBatching: true });
  const ends = new Map<string, string>();
  let isOver = false;
  let answered = 0;

  async function call(orderId: string): Promise<void> {
    try {
      const answer = await client.echo({ orderId }, { timeoutMs: 5000 });
      ends.set(orderId, answer.orderId === orderId ? "OK" : `the answer to ${answer.orderId}`);
      answered += 1;
    } catch (err) {
      ends.set(orderId, (err as AppError).code);
      await delay(10);
    }
  }

  const loops = Array.from({ length: callers }, async (_, caller) => {
    for (let round = 0; !isOver; round++) await call(`${caller}-${round}`);
  });
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = answered;
      await eventually(() => answered > before + 500, { timeoutMs: 60_000, intervalMs: 5 });
      server.process.kill("SIGKILL");
      await once(server.process, "exit");
      server = await startServer(ledger, port);
    }
    const before = answered;
    await eventually(() => answered > before + 500, { timeoutMs: 60_000, intervalMs: 5 });
  } finally {
    isOver = true;
    await Promise.all(loops);
    client.close();
    server.process.kill("SIGKILL");
  }

  const made = readFileSync(ledger, "utf8").trim().split("\n");
  rmSync(folder, { recursive: true });
  const counts = new Map<string, number>();
  for (const orderId of made) counts.set(orderId, (counts.get(orderId) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
  expect([...ends.values()].filter((end) => end !== "OK" && end !== "UNAVAILABLE")).toEqual([]);
  expect([...ends].filter(([orderId, end]) => end === "OK" && !counts.has(orderId))).toEqual([]);
  expect([...ends.values()].filter((end) => end === "UNAVAILABLE").length).toBeGreaterThan(0);
});

async function startServer(ledger: string, port: number): Promise<{ process: ChildProcess; port: number }> {
  const child = fork(join(import.meta.dirname, "../test/_echo-process.ts"), [ledger, String(port)]);
  const [message] = (await once(child, "message")) as [{ port: number }];
  return { process: child, port: message.port };
}
