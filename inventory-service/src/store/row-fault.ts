import { DatabaseError } from "pg";

/** Rows that are not as they must be: the fault of one item of a batch, not of the database. */
export class RowFault extends Error {
  override readonly name = "RowFault";
}

/**
 * Whether one item may have failed the batch that it was part of: rows not as they must be, a mistake of ours that its
 * values brought out, or values that the database refuses (SQLSTATE classes 22 and 23).
 */
export function mayBeOneItemsFault(err: unknown): boolean {
  if (err instanceof RowFault || err instanceof TypeError || err instanceof RangeError) return true;
  return err instanceof DatabaseError && /^2[23]/.test(err.code ?? "");
}
