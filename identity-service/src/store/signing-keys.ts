import type { Queryable } from "@shop/platform/postgres";
import type { StoredPrivateKey } from "../domain/key-vault.ts";

export interface StoredKey {
  readonly kid: string;
  /** `current` signs, `previous` still verifies. */
  readonly status: "current" | "previous";
  readonly privateKey: StoredPrivateKey;
}

interface SigningKeyRow {
  kid: string;
  status: StoredKey["status"];
  private_key: StoredPrivateKey;
}

/** All keys, the current one first. */
export async function listSigningKeys(db: Queryable): Promise<StoredKey[]> {
  const { rows } = await db.query<SigningKeyRow>(
    "SELECT kid, status, private_key FROM signing_keys ORDER BY status = 'current' DESC, created_at DESC",
  );
  return rows.map((row) => ({ kid: row.kid, status: row.status, privateKey: row.private_key }));
}

/** Makes this the current key, unless there is one: then nothing happens, and that one stands. */
export async function offerCurrentKey(db: Queryable, kid: string, privateKey: StoredPrivateKey): Promise<void> {
  await db.query(
    `INSERT INTO signing_keys (kid, status, private_key) VALUES ($1, 'current', $2)
     ON CONFLICT (status) WHERE status = 'current' DO NOTHING`,
    [kid, JSON.stringify(privateKey)],
  );
}

/** Tells whether this is still the current key. */
export async function isCurrentKey(db: Queryable, kid: string): Promise<boolean> {
  const { rows } = await db.query("SELECT 1 FROM signing_keys WHERE kid = $1 AND status = 'current'", [kid]);
  return rows.length === 1;
}
