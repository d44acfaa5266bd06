import type { ClientBase, Pool, PoolClient } from "pg";
import { giveBack, takeConnection } from "./connection.ts";
import type { Tables } from "./tables.ts";

/** The heartbeat of one owner, on a connection of its own, so that no queue of other work delays it (O1). */
export interface Heartbeat {
  beat(owner: string): Promise<void>;
  close(): void;
}

/** A heartbeat that takes longer has failed; its connection is thrown away. */
const beatTimeoutMs = 2000;

/** Creates a heartbeat; its connection is opened with the first beat and again after a failure. */
export function createHeartbeat(pool: Pool, tables: Tables): Heartbeat {
  let client: PoolClient | undefined;
  let isClosed = false;

  function letGo(isBroken: boolean): void {
    if (client) giveBack(client, isBroken);
    client = undefined;
  }

  return {
    beat: async (owner) => {
      client ??= await takeConnection(pool);
      if (isClosed) return letGo(false);
      try {
        await beatOnce(client, tables, owner);
      } catch (err) {
        letGo(true);
        throw err;
      }
    },
    close: () => {
      isClosed = true;
      letGo(false);
    },
  };
}

async function beatOnce(client: ClientBase, tables: Tables, owner: string): Promise<void> {
  const query = {
    text: `INSERT INTO ${tables.owners} (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET beat_at = now()`,
    values: [owner],
    query_timeout: beatTimeoutMs,
  };
  await client.query(query);
}

/** Forgets an owner that holds nothing, and those that have been silent for a day: no heartbeat means lost. */
export async function retireOwner(pool: Pool, tables: Tables, owner: string): Promise<void> {
  await pool.query(`DELETE FROM ${tables.owners} WHERE id = $1 OR beat_at < now() - interval '1 day'`, [owner]);
}
