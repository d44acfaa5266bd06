import { ConfigError } from "@shop/platform/config";
import { inTransaction, type Queryable } from "@shop/platform/postgres";
import { v7 as newId } from "uuid";
import type { FirstAdmin } from "../domain/new-user.ts";
import type { Passwords } from "../domain/passwords.ts";
import type { User } from "../domain/user.ts";
import type { Events } from "../events.ts";
import type { Pool } from "../store/pool.ts";
import { hasAdmin, insertUser, lockUsers } from "../store/users.ts";

/**
 * Makes the Admin that the configuration names, where there is none; without one nobody could make users. Who is there
 * already is never changed, so that whoever may set variables later takes nobody's place.
 */
export async function ensureAdmin(
  pool: Pool,
  named: FirstAdmin | undefined,
  { passwords, events }: { passwords: Passwords; events: Events },
): Promise<void> {
  if (await hasAdmin(pool)) return;
  if (named === undefined) return events.adminMissing();
  const admin = { ...adminOf(named), passwordHash: await passwords.hash(named.password) };
  const isMade = await inTransaction(pool, (tx) => makeUnlessThereIsOne(tx, admin));
  if (isMade) events.firstAdminMade(admin.id);
}

/** Of several processes that start together one makes it. */
async function makeUnlessThereIsOne(tx: Queryable, admin: User & { readonly passwordHash: string }): Promise<boolean> {
  await lockUsers(tx);
  if (await hasAdmin(tx)) return false;
  if (await insertUser(tx, admin)) return true;
  throw new ConfigError(["FIRST_ADMIN_USERNAME must be a name that no other user has"]);
}

function adminOf({ username }: FirstAdmin): User {
  return { id: newId(), username, role: "Admin", name: username, email: "", addresses: [] };
}
