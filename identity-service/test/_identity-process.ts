import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createTestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { freePorts } from "@shop/tools/free-ports";
import { testEnvironment } from "./_identity.ts";

/** The service as a process of its own, on a database of its own. */
export interface IdentityProcess {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

const main = join(import.meta.dirname, "..", "src", "main.ts");

/** Starts `src/main.ts` with hashes at their full cost. */
export async function startIdentityProcess(changes: Record<string, string> = {}): Promise<IdentityProcess> {
  const database = await createTestDatabase();
  const [http = 0, ops = 0] = await freePorts(2);
  const { ARGON2_MEMORY_KIB: _memory, ARGON2_ITERATIONS: _passes, ...env } = testEnvironment(database.url);
  const places = { HTTP_PORT: String(http), OPS_PORT: String(ops), LOG_LEVEL: "silent" };
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, ...env, ...places, ...changes },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const close = async () => {
    await end(child);
    await database.drop();
  };
  try {
    await eventually(async () => (await fetch(`http://127.0.0.1:${ops}/health/ready`)).ok, { timeoutMs: 60_000 });
    return { url: `http://127.0.0.1:${http}`, pid: child.pid ?? 0, close };
  } catch (err) {
    await close();
    throw err;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await exited.finally(() => clearTimeout(timer));
}
