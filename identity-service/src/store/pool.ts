import type pg from "pg";

/** The connections that the stores share. */
export type Pool = pg.Pool;

/** Resolves where the database answers. */
export async function checkDatabase(pool: Pool): Promise<void> {
  await pool.query("SELECT 1");
}
