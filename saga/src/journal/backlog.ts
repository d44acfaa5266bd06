import type { Pool } from "pg";
import type { Backlog } from "../journal.ts";
import type { Tables } from "./tables.ts";

/**
 * What waits, at a step or at an undo, in one statement. An open saga has an owner or a due time: their indexes find what is
 * not known (O6).
 */
export async function readBacklog(pool: Pool, tables: Tables, definitions: readonly string[]): Promise<Backlog> {
  const { rows } = await pool.query<{ parked: number; oldest: number; unknown: number }>(
    `SELECT parked.count AS parked, parked.oldest, unknown.count AS unknown
      FROM (SELECT count(*)::int AS count, coalesce(extract(epoch FROM now() - min(parked_at)), 0)::float8 AS oldest
          FROM (SELECT parked_at FROM ${tables.sagas} WHERE status = 'Parked'
            UNION ALL SELECT parked_at FROM ${tables.sagas} WHERE status = 'Compensating' AND parked_at IS NOT NULL) AS waiting
        ) AS parked,
        (SELECT count(*)::int AS count FROM ${tables.sagas}
          WHERE (owner IS NOT NULL OR due_at IS NOT NULL) AND definition_hash <> ALL($1::text[])) AS unknown`,
    [definitions],
  );
  return {
    parked: rows[0]?.parked ?? 0,
    oldestParkedSeconds: rows[0]?.oldest ?? 0,
    unknownDefinition: rows[0]?.unknown ?? 0,
  };
}
