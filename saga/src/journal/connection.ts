import type { Pool, PoolClient } from "pg";

/**
 * Takes a connection whose loss is told by the query under way, or by the next one, and is dealt with there. Without a
 * listener the loss would end the process.
 */
export async function takeConnection(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  return client.on("error", toldByItsQuery);
}

/** Gives a connection back; a broken one is thrown away, and may tell of its loss even later. */
export function giveBack(client: PoolClient, isBroken: boolean): void {
  if (!isBroken) client.off("error", toldByItsQuery);
  client.release(isBroken);
}

function toldByItsQuery(): void {}
