import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { fromUnknown, isConnectionFailure } from "./errors.ts";
import { silentLog } from "./logging.ts";
import { createPool, inTransaction, isDeadlock, migrate } from "./postgres.ts";

const log = silentLog();
let database: TestDatabase;
let pool: pg.Pool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: "test", max: 2, statementTimeoutMs: 300, log });
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

test("a pool waits for the disk with each commit, unless it is told that what is lost is done again", async () => {
  const sourceOf = async (asked: pg.Pool) => {
    const sql = "SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'";
    return (await asked.query<{ setting: string; source: string }>(sql)).rows[0];
  };
  const hasty = createPool({ url: database.url, applicationName: "test", isDurable: false, log });
  try {
    expect(await sourceOf(hasty)).toEqual({ setting: "off", source: "client" });
    expect((await sourceOf(pool))?.source).not.toBe("client");
  } finally {
    await hasty.end();
  }
});

describe("a transaction", () => {
  beforeEach(async () => {
    await pool.query(
      "CREATE TABLE items (id int PRIMARY KEY CONSTRAINT positive CHECK (id > 0), parent int REFERENCES items)",
    );
  });

  test("is committed when its function resolves, rolled back when it throws", async () => {
    expect(await inTransaction(pool, (tx) => insert(tx, 1))).toBe(1);
    const failing = inTransaction(pool, async (tx) => {
      await insert(tx, 2);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await ids()).toEqual([1]);
  });

  test("does not pass for committed when a swallowed error rolled it back", async () => {
    const swallowing = inTransaction(pool, async (tx) => {
      await insert(tx, 1);
      await insert(tx, 1).catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow("rolled back");
    expect(await ids()).toEqual([]);
  });

  test("gives its connection back after an error, and destroys it after a loss", async () => {
    const first = await backend();
    await expect(inTransaction(pool, (tx) => tx.query("SELECT 1/0"))).rejects.toMatchObject({ code: "22012" });
    expect(await backend()).toBe(first);
    const lost = inTransaction(pool, (tx) => tx.query("SELECT pg_terminate_backend(pg_backend_pid())"));
    expect(isConnectionFailure(await errorOf(lost))).toBe(true);
    expect(await backend()).not.toBe(first);
  });

  test("survives the loss of its connection between two statements", async () => {
    const lost = inTransaction(pool, async (tx) => {
      const { rows } = await tx.query("SELECT pg_backend_pid() AS pid");
      await execute(`SELECT pg_terminate_backend(${rows[0].pid})`);
      await eventually(
        async () => (await execute(`SELECT 1 FROM pg_stat_activity WHERE pid = ${rows[0].pid}`)).length === 0,
      );
      return insert(tx, 1);
    });
    expect(fromUnknown(await errorOf(lost)).code).toBe("UNAVAILABLE");
    expect(await ids()).toEqual([]);
  });

  test("takes no refusal of a row for a deadlock", async () => {
    await insert(pool, 1);
    const unique = await errorOf(insert(pool, 1));
    const check = await errorOf(insert(pool, -1));
    const parent = await errorOf(pool.query("INSERT INTO items VALUES (2, 99)"));
    expect([unique, check, parent].some(isDeadlock)).toBe(false);
  });
});

describe("a pool", () => {
  test("has a statement that takes too long stopped by the server", async () => {
    expect(await errorOf(pool.query("SELECT pg_sleep(60)"))).toMatchObject({ code: "57014" });
  });

  test("outlives the loss of idle connections", async () => {
    const first = await backend();
    await execute(`SELECT pg_terminate_backend(${first})`);
    await eventually(() => pool.totalCount === 0);
    expect(await backend()).not.toBe(first);
  });

  test("sends statements one behind the other only where it is told to", async () => {
    const eager = createPool({ url: database.url, applicationName: "test", pipeline: true, log });
    expect(await Promise.all([pool, eager].map(isPipelined))).toEqual([false, true]);
    await eager.end();
  });

  test("is unavailable, not broken, when nothing listens", async () => {
    const nowhere = createPool({ url: "postgres://u:p@127.0.0.1:1/d", applicationName: "test", log });
    expect(fromUnknown(await errorOf(nowhere.query("SELECT 1"))).code).toBe("UNAVAILABLE");
    await nowhere.end();
  });
});

describe("migrations", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "migrations-"));
    await write("1700000000001_first", "CREATE TABLE first (id int); SELECT pg_sleep(0.2);");
    await write("1700000000002_second", "CREATE TABLE second (id int);");
  });

  afterEach(() => rm(directory, { recursive: true }));

  test("run once although five start together", async () => {
    await Promise.all(Array.from({ length: 5 }, () => migrate({ url: database.url, directory, log })));
    expect(await tables()).toEqual(["first", "migrations", "second"]);
    expect((await pool.query("SELECT name FROM migrations ORDER BY id")).rows.map((row) => row.name)).toEqual([
      "1700000000001_first",
      "1700000000002_second",
    ]);
  });

  test("run once although two processes start together", async () => {
    const script = `
      import { migrate } from ${JSON.stringify(`${import.meta.dirname}/postgres.ts`)};
      import { silentLog } from ${JSON.stringify(`${import.meta.dirname}/logging.ts`)};
      await migrate({ url: process.argv[1], directory: process.argv[2], log: silentLog() });`;
    const start = () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, database.url, directory]);
    await Promise.all([start(), start()]);
    expect(await tables()).toEqual(["first", "migrations", "second"]);
  });

  test("run what is new, and nothing the next time", async () => {
    await migrate({ url: database.url, directory, log });
    await write("1700000000003_third", "CREATE TABLE third (id int);");
    await migrate({ url: database.url, directory, log });
    await migrate({ url: database.url, directory, log });
    expect(await tables()).toEqual(["first", "migrations", "second", "third"]);
  });

  test("keep those before the one that fails, and of that one nothing", async () => {
    await write("1700000000003_third", "CREATE TABLE third (id int); SELECT 1/0;");
    await expect(migrate({ url: database.url, directory, log })).rejects.toMatchObject({ code: "22012" });
    expect(await tables()).toEqual(["first", "migrations", "second"]);
  });

  test("do not wait for ever for another process's lock", async () => {
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    try {
      await holder.query("SELECT pg_advisory_lock(7241865325823964)");
      const waiting = migrate({ url: database.url, directory, log, lockTimeoutMs: 100 });
      await expect(waiting).rejects.toMatchObject({ code: "55P03" });
    } finally {
      await holder.end();
    }
  });

  async function write(name: string, sql: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, `${name}.sql`), sql);
  }

  async function tables(): Promise<string[]> {
    const { rows } = await pool.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
    return rows.map((row) => row.tablename);
  }
});

async function insert(to: pg.Pool | pg.PoolClient, id: number): Promise<number> {
  await to.query("INSERT INTO items VALUES ($1)", [id]);
  return id;
}

async function ids(): Promise<number[]> {
  return (await pool.query("SELECT id FROM items ORDER BY id")).rows.map((row) => row.id);
}

async function backend(): Promise<number> {
  return (await pool.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;
}

/** On a connection of its own. */
async function execute(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (err: unknown) => err,
  );
}

async function isPipelined(of: pg.Pool): Promise<boolean> {
  const client = await of.connect();
  client.release();
  return client.pipeline;
}
