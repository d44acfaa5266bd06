import { accessSync, constants } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { freePorts } from "@shop/tools/free-ports";
import { type GuardedProcess, startGuarded } from "@shop/tools/supervisor/guarded-process";
import { openLogFile } from "@shop/tools/supervisor/log-file";
import { removeAbandonedFolders } from "./abandoned-folders.ts";
import { eventually } from "./eventually.ts";

/** A Redis server for tests, which keeps everything in memory and ends with this process. */
export interface TestRedis {
  /** REDIS_URL of a service under test; it stays the same over `kill` and `restart`. */
  url: string;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Makes it hang: connections stand and nothing is answered, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const prefix = "shop-test-redis-";
const startLimitMs = 15_000;
const program = "redis-server";

/**
 * A `describe` whose tests need a Redis server. Where there is no `redis-server` on PATH they are skipped, with the reason
 * in their name; with REQUIRE_REDIS set, that is a failure.
 */
export function describeWithRedis(name: string, tests: () => void): void {
  if (isOnPath()) describe(name, tests);
  else if (!process.env.REQUIRE_REDIS) describe.skip(`${name}: there is no ${program} on PATH`, tests);
  else {
    test(`${name} have a Redis server`, () => {
      throw new Error(`REQUIRE_REDIS is set, and there is no ${program} on PATH.`);
    });
  }
}

/** Starts a server on a free port of 127.0.0.1, in a temporary folder named after this process. */
export async function startTestRedis(): Promise<TestRedis> {
  await removeAbandonedFolders(prefix);
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const [port = 0] = await freePorts(1);
  let server = await launch(folder, port);
  return {
    url: `redis://127.0.0.1:${port}/0`,
    kill: async () => void (await server.kill()),
    async restart() {
      server = await launch(folder, port);
    },
    pause: () => void process.kill(server.redisPid, "SIGSTOP"),
    resume: () => void process.kill(server.redisPid, "SIGCONT"),
    async stop() {
      await server.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function launch(folder: string, port: number): Promise<GuardedProcess & { redisPid: number }> {
  const log = openLogFile(join(folder, "server.log"));
  const pidFile = join(folder, "server.pid");
  const where = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--pidfile", pidFile];
  const server = await startGuarded(program, [...where, "--save", "", "--appendonly", "no"], {
    cwd: folder,
    env: { PATH: process.env.PATH, LC_ALL: "C" },
    graceMs: 1_000,
    output: log.descriptor,
  });
  void server.exited.then(() => log.close());
  try {
    await eventually(() => answersPing(port), { timeoutMs: startLimitMs, intervalMs: 20 });
    return { ...server, redisPid: Number(await readFile(pidFile, "utf8")) };
  } catch (err) {
    await server.kill();
    throw new Error(`${program} did not start within ${startLimitMs} ms.`, { cause: err });
  }
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write("PING\r\n"));
    socket.setTimeout(1_000, () => socket.destroy(new Error("It does not answer.")));
    socket.once("error", reject);
    socket.once("data", (answer) => {
      socket.destroy();
      resolve(answer.toString().startsWith("+PONG"));
    });
  });
}

function isOnPath(): boolean {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not here
    }
  });
}
