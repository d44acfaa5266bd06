import { readFile } from "node:fs/promises";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { type GuardedProcess, startGuarded } from "./guarded-process.ts";
import { preparePostgresFolder } from "./postgres-folder.ts";
import { StartFault } from "./start-fault.ts";

export interface EmbeddedPostgresOptions {
  /** Holds the cluster and the superuser's password; made when it is missing. One starter at a time. */
  folder: string;
  /** The port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /** false for tests only: a crash of the machine may lose everything, and it is much faster. Default true. */
  durable?: boolean;
  /** Default 200. */
  maxConnections?: number;
  /** Gets each line of the server's log. */
  onLine?: (line: string) => void;
}

export interface EmbeddedPostgres {
  port: number;
  /** The postmaster's process group. */
  pid: number;
  /** A connection string of the superuser for a database. */
  url(database: string): string;
  /** Settles when the server is gone, whatever ended it. */
  exited: Promise<unknown>;
  /** Fast shutdown: open transactions are rolled back, the data is written. Bounded to ten seconds. */
  stop(): Promise<void>;
}

const startLimitMs = 30_000;
const stopGraceMs = 10_000;
const superuser = "postgres";

/**
 * Starts a PostgreSQL server from the binaries of the npm package, on 127.0.0.1 only, with a password that only
 * the folder's owner can read. It ends with this process, however this process ends.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = await preparePostgresFolder(options.folder, { durable: options.durable ?? true, superuser });
  const password = (await readFile(folder.passwordFile, "utf8")).trim();
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === 0 ? await freePort() : options.port;
    const url = (database: string) => `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
    const lastLines: string[] = [];
    const server = await startGuarded(folder.binaries.postgres, serverArguments(folder.cluster, port, options), {
      cwd: folder.path,
      env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
      user: folder.user,
      stopSignal: "SIGINT",
      graceMs: stopGraceMs,
      onLine(line) {
        lastLines.push(line);
        if (lastLines.length > 20) lastLines.shift();
        options.onLine?.(line);
      },
    });
    try {
      await waitUntilReady(server, url("postgres"));
    } catch (err) {
      await server.kill();
      if (attempt < maxAttempts && isPassing(lastLines, options.port)) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        continue;
      }
      throw startFault(err, lastLines, port);
    }
    return {
      port,
      pid: server.pid,
      url,
      exited: server.exited,
      async stop() {
        await server.stop();
      },
    };
  }
}

const maxAttempts = 10;

/** A free port can be lost to another process before the server binds it; backends of a killed server need a moment to end. */
function isPassing(lastLines: readonly string[], wantedPort: number): boolean {
  return lastLines.some(
    (line) => (wantedPort === 0 && isPortInUse(line)) || line.includes("pre-existing shared memory block"),
  );
}

function isPortInUse(line: string): boolean {
  return line.includes("Address already in use") || line.includes("could not create any TCP/IP sockets");
}

function startFault(cause: unknown, lastLines: readonly string[], port: number): StartFault {
  if (lastLines.some(isPortInUse)) {
    return new StartFault(`Port ${port} is in use: stop what listens there or choose another port for PostgreSQL.`, {
      cause,
    });
  }
  const said = lastLines.length === 0 ? "it said nothing" : `it said: ${lastLines.join(" | ")}`;
  return new StartFault(`PostgreSQL did not start (${(cause as Error).message}); ${said}`, { cause });
}

function serverArguments(cluster: string, port: number, options: EmbeddedPostgresOptions): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: options.maxConnections ?? 200,
    shared_buffers: "32MB",
    io_method: "sync",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    ...((options.durable ?? true)
      ? {}
      : { fsync: "off", synchronous_commit: "off", full_page_writes: "off", wal_level: "minimal", max_wal_senders: 0 }),
  };
  return ["-D", cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

async function waitUntilReady(server: GuardedProcess, url: string): Promise<void> {
  const until = performance.now() + startLimitMs;
  let gone = false;
  void server.exited.then(() => {
    gone = true;
  });
  for (;;) {
    try {
      await ask(url);
      return;
    } catch (err) {
      if (gone) throw new Error("the process ended");
      if ((err as { code?: string }).code === "28P01") throw err;
      if (performance.now() > until) throw new Error(`not ready after ${startLimitMs / 1000} s`, { cause: err });
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function ask(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined); // the server may go while the connection is closed
  try {
    await client.connect();
    await client.query("SELECT 1");
  } finally {
    await client.end();
  }
}
