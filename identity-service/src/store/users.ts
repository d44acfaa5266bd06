import type { Queryable } from "@shop/platform/postgres";
import type { Address, Role, User } from "../domain/user.ts";

interface LoginRow {
  id: string;
  password_hash: string;
  role: Role;
}

interface ProfileRow {
  id: string;
  name: string;
  email: string;
  addresses: Address[];
}

/** What a login needs of the user of that name. */
export async function findLogin(
  db: Queryable,
  username: string,
): Promise<{ userId: string; passwordHash: string; role: Role } | undefined> {
  const { rows } = await db.query<LoginRow>("SELECT id, password_hash, role FROM users WHERE username = $1", [
    username,
  ]);
  const row = rows[0];
  return row && { userId: row.id, passwordHash: row.password_hash, role: row.role };
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
