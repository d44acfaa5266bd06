import { join } from "node:path";
import { silentLog } from "@shop/platform/logging";
import { createPool, migrate } from "@shop/platform/postgres";
import { createTestDatabase } from "@shop/testkit/database";
import type { Pool } from "pg";

export interface PaymentsDatabase {
  url: string;
  pool: Pool;
  close(): Promise<void>;
}

/** A database with the service's tables, for one test file. */
export async function openPaymentsDatabase(): Promise<PaymentsDatabase> {
  const database = await createTestDatabase();
  const log = silentLog();
  await migrate({ url: database.url, directory: join(import.meta.dirname, "../../src/store/migrations"), log });
  const pool = createPool({ url: database.url, applicationName: "payments-test", log });
  return {
    url: database.url,
    pool,
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}
