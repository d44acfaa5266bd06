import { silentLog } from "@shop/platform/logging";
import { createPool } from "@shop/platform/postgres";
import { createTestDatabase } from "@shop/testkit/database";
import { createLoginThrottle, defaultLoginLimits } from "../../src/domain/login-throttle.ts";
import { createLoginCounters } from "../../src/store/login-counters.ts";
import type { Pool } from "../../src/store/pool.ts";
import { startIdentity, type TestIdentity, testEnvironment } from "../_identity.ts";

/** The identity service behind its real door, on a database of its own. */
export interface Provider {
  readonly pool: Pool;
  readonly identity: TestIdentity;
  /** Starts it anew, with what `meanwhile` has done to its database: a process forgets revocations only by their age. */
  restart(meanwhile: () => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

/** Who guesses too often waits for a minute at once: a verification may take longer than the usual second. */
const slowLogins = {
  ...defaultLoginLimits,
  perPair: { ...defaultLoginLimits.perPair, firstDelayMs: 60_000, longestDelayMs: 60_000 },
};

/** Starts the service. */
export async function openProvider(): Promise<Provider> {
  const database = await createTestDatabase();
  const pool = createPool({ url: database.url, applicationName: "contracts", log: silentLog() });
  const environment = testEnvironment(database.url, { APP_MODE: "development", TRUSTED_PROXIES: "127.0.0.1" });
  const start = () => startIdentity(environment, { throttle: createLoginThrottle(createLoginCounters(), slowLogins) });
  let identity = await start();
  return {
    pool,
    get identity() {
      return identity;
    },
    async restart(meanwhile) {
      await identity.close();
      await meanwhile();
      identity = await start();
    },
    async close() {
      await identity.close();
      await pool.end();
      await database.drop();
    },
  };
}
