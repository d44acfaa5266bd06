import pg, { type Pool } from "pg";
import type { Tables } from "./tables.ts";

/** The heartbeat of one owner, on a connection of its own, so that no queue of other work delays it (O1). */
export interface Heartbeat {
  beat(owner: string, gapMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A connection or a beat that takes longer has failed; its connection is thrown away. */
const beatTimeoutMs = 2000;

/** Creates a heartbeat like `pool`, but for one connection, opened with the first beat and again after a loss. */
export function createHeartbeat(pool: Pool, tables: Tables): Heartbeat {
  let own: Pool | undefined;
  let isClosed = false;
  return {
    beat: async (owner, gapMs) => {
      if (isClosed) return;
      own ??= poolOfOne(pool);
      await own.query(
        `INSERT INTO ${tables.owners} AS owner (id) VALUES ($1)
          ON CONFLICT (id) DO UPDATE SET beat_at = now(), steady_since =
            CASE WHEN owner.beat_at < now() - $2 * interval '1 millisecond' THEN now() ELSE owner.steady_since END`,
        [owner, gapMs],
      );
    },
    close: async () => {
      isClosed = true;
      const ending = own;
      own = undefined;
      await ending?.end();
    },
  };
}

function poolOfOne({ options }: Pool): Pool {
  const own = new pg.Pool({
    ...options,
    // The driver hides it from a spread.
    password: options.password,
    max: 1,
    min: 0,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: beatTimeoutMs,
    query_timeout: beatTimeoutMs,
    statement_timeout: beatTimeoutMs,
  });
  // The next beat opens another one.
  own.on("error", () => {});
  return own;
}

/** Forgets an owner that holds nothing, and those that have been silent for a day: no heartbeat means lost. */
export async function retireOwner(pool: Pool, tables: Tables, owner: string): Promise<void> {
  await pool.query(`DELETE FROM ${tables.owners} WHERE id = $1 OR beat_at < now() - interval '1 day'`, [owner]);
}
