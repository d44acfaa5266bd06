import type { Queryable } from "@shop/platform/postgres";

/** How long an account is known from a network after its last login there. */
export const knownForDays = 30;

/** From how many networks an account is known at most; the one used longest ago is forgotten first. */
const networksOfUser = 20;

/** Remembers that the user has logged in, unless they have been deleted; `pair` stands for the name and the network. */
export async function rememberLoginNetwork(db: Queryable, userId: string, pair: string): Promise<void> {
  await db.query(
    `WITH seen AS (
       INSERT INTO login_networks (pair, user_id) SELECT $2, id FROM users WHERE id = $1 FOR KEY SHARE
       ON CONFLICT (pair) DO UPDATE SET seen_at = now() WHERE login_networks.seen_at < now() - interval '1 day')
     DELETE FROM login_networks
      WHERE pair IN (SELECT pair FROM login_networks WHERE user_id = $1 AND pair <> $2
                      ORDER BY seen_at DESC OFFSET $3)`,
    [userId, pair, networksOfUser - 1],
  );
}

/** Deletes at most `limit` networks that nobody is known from any more, and tells how many it were. */
export async function deleteExpiredLoginNetworks(db: Queryable, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM login_networks
      WHERE pair IN (SELECT pair FROM login_networks WHERE seen_at <= now() - $2 * interval '1 day'
                      ORDER BY seen_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit, knownForDays],
  );
  return rowCount ?? 0;
}
