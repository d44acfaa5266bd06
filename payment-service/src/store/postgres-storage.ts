import { join } from "node:path";
import type { Log } from "@shop/platform/logging";
import { createPool, migrate } from "@shop/platform/postgres";
import { createPostgresPaymentStore } from "./postgres-payment-store.ts";
import { createPostgresSandboxLedger } from "./postgres-sandbox-ledger.ts";
import type { Storage } from "./storage.ts";

/** Payments and books in one PostgreSQL database, in tables that know nothing of each other. */
export function openPostgresStorage(options: { url: string; applicationName: string; log: Log }): Storage {
  const { url, log } = options;
  const pool = createPool(options);
  return {
    payments: createPostgresPaymentStore(pool),
    ledger: createPostgresSandboxLedger(pool),
    start: () => migrate({ url, directory: join(import.meta.dirname, "migrations"), log }),
    close: () => pool.end(),
  };
}
