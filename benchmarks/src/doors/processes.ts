import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePorts } from "@shop/tools/free-ports";
import type { Done, FromLoad, Work } from "./work.ts";

/** A process that is measured. */
export interface Measured extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

/** A process that makes requests. */
export interface Load extends AsyncDisposable {
  run(work: Work): Promise<Done>;
}

const startLimitMs = 60_000;
const endLimitMs = 15_000;

/** Starts a service of the product as it is started in production, and waits until it is ready. */
export async function startService(folder: string, env: Record<string, string>): Promise<Measured> {
  const [port = 0, opsPort = 0] = await freePorts(2);
  const main = fileURLToPath(new URL(`../../../${folder}/src/main.ts`, import.meta.url));
  const places = { PATH: process.env.PATH, NODE_ENV: "production", HTTP_PORT: `${port}`, OPS_PORT: `${opsPort}` };
  const child = spawn(process.execPath, [main], { env: { ...places, ...env }, stdio: ["ignore", "ignore", "inherit"] });
  const measured = { pid: child.pid ?? 0, port, [Symbol.asyncDispose]: () => end(child) };
  try {
    await untilReady(child, `http://127.0.0.1:${opsPort}/health/ready`);
    return measured;
  } catch (err) {
    await end(child);
    throw err;
  }
}

/** Starts the order service that stands behind the gateway here. */
export async function startOrderService(identityUrl: string, issuer: string): Promise<Measured> {
  const child = fork(new URL("order-service.ts", import.meta.url), [identityUrl, issuer]);
  try {
    const [{ port }] = await once(child, "message", { signal: AbortSignal.timeout(startLimitMs) });
    return { pid: child.pid ?? 0, port, [Symbol.asyncDispose]: () => end(child) };
  } catch (err) {
    await end(child);
    throw err;
  }
}

/** Starts a process that makes requests, as many works at once as it is given. */
export function startLoad(): Load {
  const child = fork(new URL("load.ts", import.meta.url));
  const waiting = new Map<number, PromiseWithResolvers<Done>>();
  let lastId = 0;
  child.on("message", (message: FromLoad) => {
    const work = waiting.get(message.id);
    waiting.delete(message.id);
    if ("done" in message) work?.resolve(message.done);
    else work?.reject(new Error(message.fault));
  });
  child.on("exit", () => {
    for (const work of waiting.values()) work.reject(new Error("The load has ended."));
  });
  return {
    run(work) {
      lastId += 1;
      const done = Promise.withResolvers<Done>();
      waiting.set(lastId, done);
      child.send({ id: lastId, work });
      return done.promise;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const endsAt = performance.now() + startLimitMs;
  while (performance.now() < endsAt && child.exitCode === null) {
    // Until it listens, nobody answers.
    const response = await fetch(url, { signal: AbortSignal.timeout(startLimitMs) }).catch(() => undefined);
    if (response?.ok) return;
    await pause(100);
  }
  throw new Error(`${url} does not say that the service is ready.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill();
  const timer = setTimeout(() => child.kill("SIGKILL"), endLimitMs);
  await exited.finally(() => clearTimeout(timer));
}
