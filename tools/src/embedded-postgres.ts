import { fstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { freePorts } from "./free-ports.ts";
import { type PostgresFolder, preparePostgresFolder } from "./postgres/postgres-folder.ts";
import { StartFault } from "./start-fault.ts";
import { type GuardedProcess, startGuarded } from "./supervisor/guarded-process.ts";
import { type LogFile, lastLines, openLogFile } from "./supervisor/log-file.ts";

export interface EmbeddedPostgresOptions {
  /** Holds the cluster and the superuser's password; made when it is missing. One starter at a time. */
  folder: string;
  /** The port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /** false for tests only: a crash of the machine may lose everything, and it is much faster. Default true. */
  durable?: boolean;
  /** Default 200. */
  maxConnections?: number;
  /** The server's log. Default `server.log` in the folder. */
  logFile?: string;
}

export interface EmbeddedPostgres {
  port: number;
  /** The postmaster's process group. */
  pid: number;
  /** A connection string of the superuser for a database. */
  url(database: string): string;
  /** Settles when the server is gone, whatever ended it; never rejects. */
  exited: GuardedProcess["exited"];
  /** Fast shutdown: open transactions are rolled back, the data is written. Bounded to ten seconds. */
  stop(): Promise<void>;
  /** Ends every process of the server at once (SIGKILL), as a crash would. */
  kill(): Promise<void>;
}

const startLimitMs = 30_000;
const refusedLimitMs = 3_000;
const stopGraceMs = 10_000;
const superuser = "postgres";
const maxAttempts = 10;

/**
 * Starts a PostgreSQL server from the binaries of the npm package, on 127.0.0.1 only, with a password that only
 * the folder's owner can read. It ends with this process, however this process ends.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = await preparePostgresFolder(options.folder, { durable: options.durable ?? true, superuser });
  const password = await readPassword(folder.passwordFile);
  const log = openLogFile(options.logFile ?? join(folder.path, "server.log"));
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port || ((await freePorts(1))[0] as number);
      const url = (database: string) => `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
      const logStart = fstatSync(log.descriptor).size;
      try {
        const server = await launch(folder, port, log, options, url("postgres"));
        void server.exited.then(() => log.close());
        return {
          port,
          pid: server.pid,
          url,
          exited: server.exited,
          stop: async () => void (await server.stop()),
          kill: async () => void (await server.kill()),
        };
      } catch (err) {
        const said = lastLines(log, logStart, 20);
        if (attempt === maxAttempts || !isPassing(said, options.port)) throw startFault(err, said, port);
        await wait(300);
      }
    }
  } catch (err) {
    log.close();
    throw err;
  }
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (err) {
    throw new StartFault(
      `The superuser's password ${path} cannot be read (${(err as NodeJS.ErrnoException).code}): ` +
        "put it back, or move the folder away to begin with an empty database.",
      { cause: err },
    );
  }
}

async function launch(
  folder: PostgresFolder,
  port: number,
  log: LogFile,
  options: EmbeddedPostgresOptions,
  url: string,
): Promise<GuardedProcess> {
  const server = await startGuarded(folder.binaries.postgres, serverArguments(folder.cluster, port, options), {
    cwd: folder.path,
    env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
    user: folder.user,
    stopSignal: "SIGINT",
    graceMs: stopGraceMs,
    output: log.descriptor,
  });
  try {
    await waitUntilReady(server, url, folder.cluster);
    return server;
  } catch (err) {
    await server.kill();
    throw err;
  }
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

async function waitUntilReady(server: GuardedProcess, url: string, cluster: string): Promise<void> {
  let isGone = false;
  const gone = server.exited.then(() => {
    isGone = true;
    throw new Error("the process ended");
  });
  await Promise.race([gone, askUntilAnswered(url, cluster, () => isGone)]);
}

async function askUntilAnswered(url: string, cluster: string, isGone: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!isGone()) {
    try {
      return await ask(url, cluster);
    } catch (err) {
      const waitedMs = performance.now() - startedAt;
      // Another server on the port refuses the password too: ours then ends by itself and says why.
      const isRefused = (err as { code?: string }).code === "28P01";
      if (waitedMs > (isRefused ? refusedLimitMs : startLimitMs)) throw err;
    }
    await wait(25);
  }
}

/** Fails also where another server answers, one that wants no password. */
async function ask(url: string, cluster: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined); // the server may go while the connection is closed
  try {
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('data_directory') AS cluster");
    if (rows[0]?.cluster !== cluster) throw new Error("another server answers on the port");
  } finally {
    await client.end();
  }
}

/** A free port can be lost before the server binds it; backends of a killed server need a moment to end. */
function isPassing(said: readonly string[], wantedPort: number): boolean {
  return said.some(
    (line) => (wantedPort === 0 && isPortInUse(line)) || line.includes("pre-existing shared memory block"),
  );
}

function isPortInUse(line: string): boolean {
  return line.includes("Address already in use");
}

function startFault(cause: unknown, said: readonly string[], port: number): StartFault {
  if (said.some(isPortInUse)) {
    return new StartFault(`Port ${port} is in use: stop what listens there or choose another port for PostgreSQL.`, {
      cause,
    });
  }
  const log = said.length === 0 ? "nothing" : said.join(" | ");
  return new StartFault(`PostgreSQL did not start (${(cause as Error).message}); its log says: ${log}`, { cause });
}
