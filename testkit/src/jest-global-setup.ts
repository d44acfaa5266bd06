import { startTestPostgres, type TestPostgres } from "./test-postgres.ts";

declare global {
  /** Handed from jest's global setup to its global teardown, which run in one process. */
  var shopTestPostgres: TestPostgres | undefined;
}

/** Starts the PostgreSQL server that all test files share, unless TEST_POSTGRES_URL names one. */
export default async function setup(): Promise<void> {
  if (process.env.TEST_POSTGRES_URL) return;
  globalThis.shopTestPostgres = await startTestPostgres();
  process.env.TEST_POSTGRES_URL = globalThis.shopTestPostgres.server.url("postgres");
}
