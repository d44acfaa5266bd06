import type { Queryable } from "@shop/platform/postgres";
import type { Address, Role, User } from "../domain/user.ts";
import { knownForDays } from "./login-networks.ts";

/** What a login needs to know. */
export interface Login {
  /** Undefined where there is no user of that name. */
  readonly user?: { readonly userId: string; readonly passwordHash: string; readonly role: Role };
  /** Whether the user has logged in from that network lately. */
  readonly isKnownNetwork: boolean;
}

interface LoginRow {
  id: string | null;
  password_hash: string;
  role: Role;
  is_known: boolean;
}

interface UserRow {
  id: string;
  username: string;
  role: Role;
  name: string;
  email: string;
  addresses: Address[];
}

interface ProfileRow {
  id: string;
  name: string;
  email: string;
  addresses: Address[];
}

/**
 * What a login needs of the user of that name; `pair` stands for the name and the network that it comes from. One row and
 * two look-ups, whether there is such a user or not.
 */
export async function findLogin(db: Queryable, username: string, pair: string): Promise<Login> {
  const { rows } = await db.query<LoginRow>(
    `SELECT users.id, users.password_hash, users.role,
            EXISTS (SELECT 1 FROM login_networks
                     WHERE pair = $2 AND seen_at > now() - $3 * interval '1 day') AS is_known
       FROM (SELECT 1) AS one LEFT JOIN users ON users.username = $1`,
    [username, pair, knownForDays],
  );
  const row = rows[0];
  if (!row?.id) return { isKnownNetwork: false };
  const user = { userId: row.id, passwordHash: row.password_hash, role: row.role };
  return { user, isKnownNetwork: row.is_known };
}

/** One of the hashes that were made at the cost that most users' hashes have; undefined where there are no users. */
export async function findUsualHash(db: Queryable): Promise<string | undefined> {
  const { rows } = await db.query<{ password_hash: string }>(
    `SELECT min(password_hash) AS password_hash FROM users WHERE password_hash LIKE '$argon2id$%'
      GROUP BY substring(password_hash FROM 'm=[0-9]+,t=[0-9]+') ORDER BY count(*) DESC LIMIT 1`,
  );
  return rows[0]?.password_hash;
}

/** Puts a new hash of the same password in the place of the old one, unless that has changed. */
export async function replacePasswordHash(
  db: Queryable,
  userId: string,
  oldHash: string,
  newHash: string,
): Promise<void> {
  await db.query("UPDATE users SET password_hash = $3, updated_at = now() WHERE id = $1 AND password_hash = $2", [
    userId,
    oldHash,
    newHash,
  ]);
}

/** Adds a user; false where the name is taken, in whatever case. */
export async function insertUser(db: Queryable, user: User & { readonly passwordHash: string }): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO users (id, username, password_hash, role, name, email, addresses)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
    [user.id, user.username, user.passwordHash, user.role, user.name, user.email, JSON.stringify(user.addresses)],
  );
  return rowCount === 1;
}

/** The user with that id. */
export async function findUser(db: Queryable, userId: string): Promise<User | undefined> {
  const { rows } = await db.query<UserRow>(
    "SELECT id, username, role, name, email, addresses FROM users WHERE id = $1",
    [userId],
  );
  return rows[0];
}

/** The ids of all Admins, who stay as they are until the transaction ends. In one order, so that two cannot deadlock. */
export async function lockAdmins(tx: Queryable): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>("SELECT id FROM users WHERE role = 'Admin' ORDER BY id FOR UPDATE");
  return rows.map((row) => row.id);
}

/** Claims that there is an Admin. */
export async function hasAdmin(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query("SELECT FROM users WHERE role = 'Admin' LIMIT 1");
  return rowCount === 1;
}

/** Nobody else makes, changes or deletes a user until the transaction ends; logins go on. */
export async function lockUsers(tx: Queryable): Promise<void> {
  await tx.query("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE");
}

/** Deletes a user with all their logins; false where there is none. */
export async function removeUser(tx: Queryable, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query("DELETE FROM users WHERE id = $1", [userId]);
  return rowCount === 1;
}

/** What a user has told about themselves. */
export async function findProfile(
  db: Queryable,
  userId: string,
): Promise<{ userId: string; name: string; email: string; addresses: readonly Address[] } | undefined> {
  const { rows } = await db.query<ProfileRow>("SELECT id, name, email, addresses FROM users WHERE id = $1", [userId]);
  const row = rows[0];
  return row && { userId: row.id, name: row.name, email: row.email, addresses: row.addresses };
}

/** Adds the users that are not there; of the others only the password is renewed. Sorted, so that two cannot deadlock. */
export async function putUsers(
  db: Queryable,
  users: readonly (User & { readonly passwordHash: string })[],
): Promise<void> {
  const rows = users.map(({ passwordHash, ...user }) => ({ ...user, password_hash: passwordHash }));
  await db.query(
    `INSERT INTO users (id, username, password_hash, role, name, email, addresses)
     SELECT id, username, password_hash, role, name, email, addresses
       FROM jsonb_to_recordset($1::jsonb) AS row(
         id uuid, username text, password_hash text, role text, name text, email text, addresses jsonb)
      ORDER BY id
     ON CONFLICT (id) DO UPDATE SET password_hash = EXCLUDED.password_hash, updated_at = now()`,
    [JSON.stringify(rows)],
  );
}

/** Which of these users exist. */
export async function findExistingUsers(db: Queryable, userIds: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ username: string }>(
    "SELECT username FROM users WHERE id = ANY($1::uuid[]) ORDER BY username",
    [userIds],
  );
  return rows.map((row) => row.username);
}
