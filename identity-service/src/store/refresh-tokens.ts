import type { Queryable } from "@shop/platform/postgres";
import type { RefreshFamily, RefreshTokenState } from "../domain/refresh-token.ts";
import type { Role } from "../domain/user.ts";

interface StateRow {
  family_id: string;
  user_id: string;
  role: Role;
  client_id: string;
  scope: string[];
  is_used: boolean;
  is_over: boolean;
}

/** Begins a family with its first token; false where the user has been deleted. */
export async function insertRefreshFamily(
  db: Queryable,
  family: RefreshFamily & { readonly lifetimeSeconds: number; readonly firstTokenSha256: Buffer },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `WITH family AS (
       INSERT INTO refresh_families (id, user_id, client_id, scope, expires_at)
       SELECT $1, id, $3, $4, now() + $5 * interval '1 second' FROM users WHERE id = $2 FOR KEY SHARE
       RETURNING id)
     INSERT INTO refresh_tokens (token_sha256, family_id) SELECT $6, id FROM family`,
    [family.id, family.userId, family.clientId, family.scope, family.lifetimeSeconds, family.firstTokenSha256],
  );
  return rowCount === 1;
}

/** How a token stands. Its family stays locked until the transaction ends, so that of two uses one is the later. */
export async function lockRefreshToken(tx: Queryable, tokenSha256: Buffer): Promise<RefreshTokenState | undefined> {
  const { rows: families } = await tx.query<{ id: string }>(
    `SELECT id FROM refresh_families
      WHERE id = (SELECT family_id FROM refresh_tokens WHERE token_sha256 = $1)
        FOR UPDATE`,
    [tokenSha256],
  );
  if (families.length === 0) return undefined;
  // A second statement, which sees what the holder of the lock has written.
  const { rows } = await tx.query<StateRow>(
    `SELECT family.id AS family_id, family.user_id, users.role, family.client_id, family.scope,
            token.used_at IS NOT NULL AS is_used,
            family.revoked_at IS NOT NULL OR family.expires_at <= now() AS is_over
       FROM refresh_tokens token
       JOIN refresh_families family ON family.id = token.family_id
       JOIN users ON users.id = family.user_id
      WHERE token.token_sha256 = $1`,
    [tokenSha256],
  );
  const row = rows[0];
  return (
    row && {
      family: { id: row.family_id, userId: row.user_id, clientId: row.client_id, scope: row.scope },
      role: row.role,
      isUsed: row.is_used,
      isOver: row.is_over,
    }
  );
}

/** Replaces a token by its successor in the same family. */
export async function replaceRefreshToken(
  tx: Queryable,
  { familyId, usedSha256, nextSha256 }: { familyId: string; usedSha256: Buffer; nextSha256: Buffer },
): Promise<void> {
  await tx.query("UPDATE refresh_tokens SET used_at = now() WHERE token_sha256 = $1", [usedSha256]);
  await tx.query("INSERT INTO refresh_tokens (token_sha256, family_id) VALUES ($1, $2)", [nextSha256, familyId]);
}

/** Ends a family: none of its tokens is good any more. */
export async function revokeRefreshFamily(tx: Queryable, familyId: string): Promise<void> {
  await tx.query("UPDATE refresh_families SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL", [familyId]);
}

/** Deletes at most `limit` families whose time is over, with their tokens, and tells how many it were. */
export async function deleteExpiredFamilies(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM refresh_families
      WHERE id IN (SELECT id FROM refresh_families WHERE expires_at <= now()
                    ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return rowCount ?? 0;
}
