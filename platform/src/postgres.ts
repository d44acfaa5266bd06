import { runner } from "node-pg-migrate";
import pg from "pg";
import { isConnectionFailure, isErrorLike } from "./errors.ts";
import type { Log } from "./logging.ts";

/** Where a store function sends its SQL: the pool, or the connection that a transaction runs on. */
export type Queryable = pg.Pool | pg.ClientBase;

/** How a pool is made. */
export interface PoolOptions {
  /** The connection string. */
  url: string;
  /** What the database's list of connections shows. */
  applicationName: string;
  /** The most connections; 10 where left out. */
  max?: number;
  /** The longest a statement may take, in milliseconds; 10000 where left out. The server stops it. */
  statementTimeoutMs?: number;
  /** True where statements are sent without waiting for the answers before them; false where left out. */
  pipeline?: boolean;
  /** False where a commit does not wait for the disk: what a crash of the server loses must be done again; true where left out. */
  isDurable?: boolean;
  log: Log;
}

const connectTimeoutMs = 5000;
const networkGraceMs = 2000;

/** Creates a pool whose every wait has a limit and whose lost connections are logged instead of ending the process. */
export function createPool(options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs + networkGraceMs,
    // Only a network that swallows the server's answer lets this one strike.
    query_timeout: statementTimeoutMs + networkGraceMs,
    keepAlive: true,
    pipeline: options.pipeline ?? false,
    ...(options.isDurable === false && { options: "-c synchronous_commit=off" }),
  });
  pool.on("error", (err) => options.log.warn({ err }, "idle database connection lost"));
  // A connection in use tells its query of a loss; between two queries nobody else listens.
  pool.on("connect", (client) => client.on("error", (err) => options.log.debug({ err }, "database connection lost")));
  return pool;
}

/**
 * Runs `fn` in a transaction: committed when it resolves, rolled back when it throws. A connection that failed or timed
 * out is destroyed. When the commit itself fails for want of a connection, its outcome is unknown.
 */
export async function inTransaction<T>(pool: pg.Pool, fn: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  const tx = await pool.connect();
  try {
    await tx.query("BEGIN");
    const result = await fn(tx);
    const { command } = await tx.query("COMMIT");
    // PostgreSQL answers the commit of a transaction in which a statement failed with ROLLBACK, not with an error.
    if (command !== "COMMIT") throw new Error("The transaction was rolled back because one of its statements failed.");
    tx.release();
    return result;
  } catch (err) {
    tx.release(isConnectionFailure(err) || !(await rolledBack(tx)));
    throw err;
  }
}

async function rolledBack(tx: pg.PoolClient): Promise<boolean> {
  try {
    await tx.query("ROLLBACK");
    return true;
  } catch {
    // The first error is the one to tell; this one only says that the connection is of no more use.
    return false;
  }
}

/** How migrations are run. */
export interface MigrateOptions {
  /** The connection string. */
  url: string;
  /** The folder of `<timestamp>_<name>.sql` files. */
  directory: string;
  log: Log;
  /** The longest to wait for another process that is migrating, in milliseconds; 30000 where left out. */
  lockTimeoutMs?: number;
}

/**
 * Brings the database up to date: all files not yet run, in order, each in a transaction of its own. Processes that start
 * together take turns by an advisory lock; the later ones find nothing to do.
 */
export async function migrate({ url, directory, log, lockTimeoutMs = 30_000 }: MigrateOptions): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "migrate",
    connectionTimeoutMillis: connectTimeoutMs,
    lock_timeout: lockTimeoutMs,
  });
  client.on("error", (err) => log.debug({ err }, "database connection lost"));
  try {
    await client.connect();
    const done = await runner({
      dbClient: client,
      dir: directory,
      direction: "up",
      migrationsTable: "migrations",
      advisoryLockMode: "wait",
      logger: runnerLog(log),
    });
    for (const { name } of done) log.info({ migration: name }, "database migrated");
  } finally {
    await client.end();
  }
}

function runnerLog(log: Log) {
  const ignore = () => undefined;
  return {
    info: ignore,
    warn: ignore,
    error: (text: string) => log.error({ err: new Error(text) }, "migration failed"),
  };
}

/** Claims that the server ended this transaction to break a deadlock; the same again may succeed. */
export function isDeadlock(err: unknown): boolean {
  return isSqlState(err, "40P01");
}

/** Claims that the transaction met a concurrent one; the same again may succeed. */
export function isSerializationFailure(err: unknown): boolean {
  return isSqlState(err, "40001");
}

function isSqlState(err: unknown, code: string): boolean {
  return isErrorLike(err) && "code" in err && err.code === code;
}
