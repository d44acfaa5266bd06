import pg from "pg";

/** Nothing of a batch was committed, and no statement tells why: what is at fault may be one of its rows (D3). */
export class RolledBackError extends Error {
  override readonly name = "RolledBackError";
}

/**
 * What an error means for a batch:
 *
 * - `again`: rolled back because of others; the same batch will pass (D2);
 * - `refused`: rolled back because of something in it, which may be one row's data (D3);
 * - `unknown`: it may have been committed, or the database cannot be reached.
 */
export function verdictOf(err: unknown): "again" | "refused" | "unknown" {
  if (err instanceof RolledBackError) return "refused";
  if (!(err instanceof pg.DatabaseError) || err.code === undefined) return "unknown";
  if (err.code === "40P01" || err.code === "40001") return "again";
  return refusals.has(err.code.slice(0, 2)) ? "refused" : "unknown";
}

/** SQLSTATE classes: cardinality, data, integrity, syntax or access, with check option, raised by a function. */
const refusals = new Set(["21", "22", "23", "42", "44", "P0"]);
