import type { Queryable } from "@shop/platform/postgres";
import type { KeyStatus } from "../domain/key-ring.ts";
import { retireAfterSeconds } from "../domain/key-ring.ts";
import type { StoredPrivateKey } from "../domain/key-vault.ts";
import type { KeyAlgorithm } from "../domain/signing-key.ts";

export interface StoredKey {
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly status: KeyStatus;
  readonly privateKey: StoredPrivateKey;
  readonly createdAt: Date;
  readonly activatesAt: Date;
  readonly retiresAt?: Date;
}

interface SigningKeyRow {
  kid: string;
  alg: KeyAlgorithm;
  status: KeyStatus;
  private_key: StoredPrivateKey;
  created_at: Date;
  activates_at: Date;
  retires_at: Date | null;
}

/**
 * All keys as they stand at the time of the database, the latest first. The oldest is never `next`: where the clock was
 * turned back to before all of them it goes on signing, for its verifiers have it.
 */
export async function listSigningKeys(db: Queryable): Promise<StoredKey[]> {
  const { rows } = await db.query<SigningKeyRow>({
    name: "list-signing-keys",
    text: `SELECT kid, alg, private_key, created_at, activates_at,
                  lead(activates_at) OVER ring + $1 * interval '1 second' AS retires_at,
                  CASE WHEN activates_at > statement_timestamp() AND lag(kid) OVER ring IS NOT NULL THEN 'next'
                       WHEN lead(activates_at) OVER ring <= statement_timestamp() THEN 'previous'
                       ELSE 'current' END AS status
             FROM signing_keys
           WINDOW ring AS (ORDER BY activates_at, kid)
            ORDER BY activates_at DESC, kid DESC`,
    values: [retireAfterSeconds],
  });
  return rows.map((row) => ({
    kid: row.kid,
    alg: row.alg,
    status: row.status,
    privateKey: row.private_key,
    createdAt: row.created_at,
    activatesAt: row.activates_at,
    retiresAt: row.retires_at ?? undefined,
  }));
}

/** Until the transaction ends nobody else changes the keys; readers do not wait. */
export async function lockSigningKeys(tx: Queryable): Promise<void> {
  await tx.query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE");
}

/** Adds a key that signs after `delaySeconds`, and never before another that is there. */
export async function insertSigningKey(
  tx: Queryable,
  key: {
    readonly kid: string;
    readonly alg: KeyAlgorithm;
    readonly privateKey: StoredPrivateKey;
    readonly delaySeconds: number;
  },
): Promise<void> {
  await tx.query(
    `INSERT INTO signing_keys (kid, alg, private_key, created_at, activates_at)
     SELECT $1, $2, $3, statement_timestamp(),
            greatest(statement_timestamp() + $4 * interval '1 second',
                     max(activates_at) + interval '1 millisecond')
       FROM signing_keys`,
    [key.kid, key.alg, JSON.stringify(key.privateKey), key.delaySeconds],
  );
}

/** Lets a key sign from now on. */
export async function activateSigningKey(tx: Queryable, kid: string): Promise<void> {
  await tx.query("UPDATE signing_keys SET activates_at = statement_timestamp() WHERE kid = $1", [kid]);
}

/** Removes a key; tells whether there was one. */
export async function deleteSigningKey(tx: Queryable, kid: string): Promise<boolean> {
  const { rowCount } = await tx.query("DELETE FROM signing_keys WHERE kid = $1", [kid]);
  return rowCount === 1;
}

/** Removes the keys whose last token has expired, and gives their ids. */
export async function deleteRetiredKeys(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ kid: string }>(
    `DELETE FROM signing_keys
      WHERE kid IN (SELECT kid
                      FROM (SELECT kid, lead(activates_at) OVER (ORDER BY activates_at, kid) AS succeeded_at
                              FROM signing_keys) ring
                     WHERE succeeded_at + $1 * interval '1 second' <= statement_timestamp())
      RETURNING kid`,
    [retireAfterSeconds],
  );
  return rows.map((row) => row.kid);
}
