import type { Redis } from "ioredis";
import type { Log } from "./logging.ts";

/** How a connection to Redis is made. */
export interface RedisOptions {
  /** The address, such as `redis://user:password@host:6379/0`; `rediss://` for TLS. */
  url: string;
  /** What the server's list of clients shows. */
  name: string;
  log: Log;
}

/** A connection to Redis that a service can do without. */
export interface RedisConnection {
  /** Its `status` is `ready` while there is a server; until then every command is refused at once. */
  client: Redis;
  close(): void;
}

const connectTimeoutMs = 2_000;
const commandTimeoutMs = 500;
/** A server that leaves commands without an answer for so long is away, although its connection stands. */
const silenceTimeoutMs = 1_000;
const longestPauseMs = 2_000;

/**
 * Connects to Redis, and again after each loss, for as long as it is not closed. It answers when the server has been
 * reached, or is known to be away, 2 s at most: a process that began to count by itself would let through what the others
 * have counted. After that nothing waits for the server: what is asked while it is away is refused at once, and what it
 * does not answer is given up soon. Each outage is logged once, and its end; one that answers with errors (no memory left,
 * no longer the master) is another outage. The client is loaded when this is first called, so that who has no Redis does
 * not pay for it.
 */
export async function connectToRedis({ url, name, log }: RedisOptions): Promise<RedisConnection> {
  const { Redis } = await import("ioredis");
  const client = new Redis(url, {
    connectionName: name,
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, longestPauseMs),
  });
  logOutages(client, log);
  logRefusals(client, log);
  await firstTry(client);
  return { client, close: () => client.disconnect() };
}

/** Resolves when the first try to connect has ended, whichever way. */
function firstTry(client: Redis): Promise<void> {
  return new Promise((resolve) => {
    client.once("ready", () => resolve());
    client.once("close", () => resolve());
  });
}

function logOutages(client: Redis, log: Log): void {
  let isAway = false;
  client.on("error", (err: unknown) => {
    if (!isAway) log.warn({ err }, "redis is away, limits are counted in this process");
    isAway = true;
  });
  client.on("ready", () => {
    if (isAway) log.info("redis is back");
    isAway = false;
  });
}

/** A server that refuses to write may go on answering reads: its outage ends with a command that it had refused. */
function logRefusals(client: Redis, log: Log): void {
  const refused = new Set<string>();
  const send = client.sendCommand.bind(client);
  client.sendCommand = (command, stream) => {
    // Until it is ready the client asks for what a server need not know.
    if (client.status !== "ready") return send(command, stream);
    const name = scriptOrName(command.name);
    command.promise.then(
      () => {
        if (!refused.has(name)) return;
        refused.clear();
        log.info("redis takes commands again");
      },
      (err: unknown) => {
        if (!isRefusal(err)) return;
        if (refused.size === 0) log.warn({ err }, "redis refuses commands, limits are counted in this process");
        refused.add(name);
      },
    );
    return send(command, stream);
  };
}

/** A script is sent by its hash, and whole where the server does not have it yet. */
function scriptOrName(name: string): string {
  return name === "evalsha" ? "eval" : name;
}

function isRefusal(err: unknown): boolean {
  return err instanceof Error && err.name === "ReplyError" && !err.message.startsWith("NOSCRIPT");
}
