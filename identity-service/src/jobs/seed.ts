import { ConfigError } from "@shop/platform/config";
import { inTransaction } from "@shop/platform/postgres";
import type { Config } from "../config.ts";
import { demoUsers } from "../domain/demo-users.ts";
import type { Passwords } from "../domain/passwords.ts";
import type { Pool } from "../store/pool.ts";
import { replaceServiceClients } from "../store/service-clients.ts";
import { findExistingUsers, putUsers } from "../store/users.ts";

/** Makes the database what the configuration says: these service clients only, and in demo mode the demo users. */
export async function seed(pool: Pool, config: Config, passwords: Passwords): Promise<void> {
  await inTransaction(pool, (tx) => replaceServiceClients(tx, config.serviceClients));
  switch (config.mode) {
    case "demo":
      await putUsers(pool, await withPasswords(passwords, config.demoPassword));
      return;
    case "production":
      await refuseDemoUsers(pool);
      return;
    case "development":
      return;
    default:
      config.mode satisfies never;
  }
}

function withPasswords(passwords: Passwords, password: string) {
  return Promise.all(demoUsers.map(async (user) => ({ ...user, passwordHash: await passwords.hash(password) })));
}

/** A database that has been through the demo has an Admin whose password everybody knows. */
async function refuseDemoUsers(pool: Pool): Promise<void> {
  const ids = demoUsers.map((user) => user.id);
  const found = await findExistingUsers(pool, ids);
  if (found.length === 0) return;
  throw new ConfigError([
    `DATABASE_URL must not name a database with demo users (${found.join(", ")}) with APP_MODE=production`,
  ]);
}
