import { randomUUID } from "node:crypto";
import pg from "pg";

export interface TestDatabase {
  /** The connection string of an empty database that nobody else uses. */
  url: string;
  /** Removes the database, with the connections that are still open to it. */
  drop(): Promise<void>;
}

/** Creates a database on the PostgreSQL server that jest's global setup started, or on TEST_POSTGRES_URL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_POSTGRES_URL;
  if (serverUrl === undefined) throw new Error("TEST_POSTGRES_URL is not set: run the test through jest's config.");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, statement_timeout: 15_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
