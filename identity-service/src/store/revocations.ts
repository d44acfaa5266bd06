import type { Queryable } from "@shop/platform/postgres";
import { type Revocation, revocationHash, revocationSeconds } from "../domain/revocation.ts";

/** Lists an entry for as long as a token that it concerns may live. Again is as once, from the later time on. */
export async function revoke(tx: Queryable, entry: Revocation): Promise<void> {
  await insertRevocation(tx, revocationHash(entry), null);
}

/** Lists one token of a login, and tells how many of that login are listed with it. */
export async function revokeTokenOfLogin(tx: Queryable, tokenId: string, loginId: string): Promise<number> {
  const loginHash = revocationHash({ kind: "sid", id: loginId });
  await insertRevocation(tx, revocationHash({ kind: "jti", id: tokenId }), loginHash);
  const { rows } = await tx.query<{ count: number }>(
    "SELECT count(*)::integer AS count FROM revocations WHERE login_hash = $1 AND expires_at > now()",
    [loginHash],
  );
  return rows[0]?.count ?? 0;
}

/** Lists a login in the place of those of its tokens that are listed. */
export async function revokeLogin(tx: Queryable, loginId: string): Promise<void> {
  const loginHash = revocationHash({ kind: "sid", id: loginId });
  await insertRevocation(tx, loginHash, null);
  await tx.query("DELETE FROM revocations WHERE login_hash = $1", [loginHash]);
}

/** What of the list was committed since `position`, and the position to ask from the next time. */
export async function readRevocations(
  db: Queryable,
  position: string,
): Promise<{ hashes: Buffer[]; position: string }> {
  // A transaction below the snapshot's xmin has ended, so what it wrote is in this answer or in one before it.
  const { rows } = await db.query<{ hashes: Buffer[]; position: string }>({
    name: "read-revocations",
    text: `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS position,
                  ARRAY(SELECT hash FROM revocations WHERE written_by >= $1::xid8 AND expires_at > now()) AS hashes`,
    values: [position],
  });
  const [row] = rows;
  if (!row) throw new Error("The list of revocations was not answered.");
  return row;
}

/** Before all that was ever written. */
export const firstPosition = "0";

/** Deletes at most `limit` entries whose time is over, and tells how many it were. */
export async function deleteExpiredRevocations(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM revocations
      WHERE hash IN (SELECT hash FROM revocations WHERE expires_at <= now()
                      ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return rowCount ?? 0;
}

async function insertRevocation(tx: Queryable, hash: Buffer, loginHash: Buffer | null): Promise<void> {
  await tx.query(
    `INSERT INTO revocations (hash, login_hash, expires_at) VALUES ($1, $2, now() + $3 * interval '1 second')
     ON CONFLICT (hash) DO UPDATE SET expires_at = EXCLUDED.expires_at, written_by = EXCLUDED.written_by`,
    [hash, loginHash, revocationSeconds],
  );
}
