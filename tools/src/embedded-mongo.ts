import { fstatSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { MongoClient, MongoServerError } from "mongodb";
import { freePorts } from "./free-ports.ts";
import { StartFault } from "./start-fault.ts";
import { type GuardedProcess, startGuarded } from "./supervisor/guarded-process.ts";
import { type LogFile, lastLines, openLogFile } from "./supervisor/log-file.ts";

export interface EmbeddedMongoOptions {
  /** The `mongod` to start. */
  command: string;
  /** Holds the data; made when it is missing. One starter at a time. */
  folder: string;
  /** The port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /** The server's log. Default `server.log` in the folder. */
  logFile?: string;
}

export interface EmbeddedMongo {
  port: number;
  /** Its process group. */
  pid: number;
  /** A connection string for a database. */
  uri(database: string): string;
  /** Settles when the server is gone, whatever ended it; never rejects. */
  exited: GuardedProcess["exited"];
  /** Asks it to write everything and end; bounded to ten seconds. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL), as a crash would. */
  kill(): Promise<void>;
}

const startLimitMs = 30_000;
const stopGraceMs = 10_000;
const replicaSet = "shop";

/**
 * Starts a `mongod` as a replica set of one, without which no majority could acknowledge a write. It listens on 127.0.0.1
 * only, asks for no password, and ends with this process, however this process ends.
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const data = join(options.folder, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  const log = openLogFile(options.logFile ?? join(options.folder, "server.log"));
  const logStart = fstatSync(log.descriptor).size;
  try {
    const port = options.port || ((await freePorts(1))[0] as number);
    const server = await launch(options.command, data, port, log);
    void server.exited.then(() => log.close());
    return {
      port,
      pid: server.pid,
      uri: (database) => `mongodb://127.0.0.1:${port}/${database}?replicaSet=${replicaSet}`,
      exited: server.exited,
      stop: async () => void (await server.stop()),
      kill: async () => void (await server.kill()),
    };
  } catch (err) {
    const said = lastLines(log, logStart, 5).join(" | ") || "nothing";
    log.close();
    throw new StartFault(`mongod did not start (${(err as Error).message}); its log says: ${said}`, { cause: err });
  }
}

async function launch(command: string, data: string, port: number, log: LogFile): Promise<GuardedProcess> {
  const args = ["--dbpath", data, "--port", String(port), "--bind_ip", "127.0.0.1", "--replSet", replicaSet];
  const server = await startGuarded(command, args, {
    cwd: data,
    env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
    graceMs: stopGraceMs,
    output: log.descriptor,
  });
  let isGone = false;
  const gone = server.exited.then(({ code }) => {
    isGone = true;
    throw new Error(`it ended with exit code ${code}`);
  });
  try {
    await Promise.race([gone, untilWritable(port, () => isGone)]);
    return server;
  } catch (err) {
    await server.kill();
    throw err;
  }
}

/** Makes the replica set at the first start, and waits until its one member is its primary. */
async function untilWritable(port: number, isGone: () => boolean): Promise<void> {
  const startedAt = performance.now();
  const noPrimary = new Error("it did not become a primary");
  let fault: unknown = noPrimary;
  while (!isGone() && performance.now() - startedAt < startLimitMs) {
    try {
      if (await isWritable(port)) return;
      fault = noPrimary;
    } catch (err) {
      fault = err;
    }
    await wait(50);
  }
  throw fault;
}

/** With a client of its own each time: one that could not connect is of no use afterwards. */
async function isWritable(port: number): Promise<boolean> {
  // Asked directly: before the set is made there is no primary to find.
  const uri = `mongodb://127.0.0.1:${port}/admin?directConnection=true`;
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 500, socketTimeoutMS: 5000 });
  try {
    const { isWritablePrimary, setName } = await client.db().command({ hello: 1 });
    if (setName !== undefined) return isWritablePrimary === true;
    const config = { _id: replicaSet, members: [{ _id: 0, host: `127.0.0.1:${port}` }] };
    await client.db().command({ replSetInitiate: config });
    return false;
  } catch (err) {
    if (!(err instanceof MongoServerError && err.code === alreadyInitialized)) throw err;
    await moveMember(client, `127.0.0.1:${port}`);
    return false;
  } finally {
    await client.close();
  }
}

const alreadyInitialized = 23;

/** A server that was last started on another port does not find itself in its own replica set. */
async function moveMember(client: MongoClient, host: string): Promise<void> {
  const { config } = await client.db().command({ replSetGetConfig: 1 });
  const [member] = config.members;
  if (member.host === host) return; // it is about to become the primary
  const moved = { ...config, version: config.version + 1, members: [{ ...member, host }] };
  await client.db().command({ replSetReconfig: moved, force: true });
}
