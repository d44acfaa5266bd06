import type { ClientBase } from "pg";
import type { DeadLetter } from "../decision/saga-state.ts";
import type { Tables } from "./tables.ts";

/** A dead letter's change, and what its saga knew. */
export interface DeadLetterRow {
  readonly sagaId: string;
  /** As JSON. */
  readonly request: string;
  readonly letter: DeadLetter;
}

/** Writes dead letters, or changes those there are; what is worked off without ever having had one leaves none (U0). */
export async function writeDeadLetters(tx: ClientBase, tables: Tables, rows: readonly DeadLetterRow[]): Promise<void> {
  const closed = rows.filter((row) => row.letter.status === "WorkedOff");
  const open = rows.filter((row) => row.letter.status !== "WorkedOff");
  if (open.length > 0) await upsertLetters(tx, tables, latestOfEach(open));
  if (closed.length > 0) await closeLetters(tx, tables, latestOfEach(closed));
}

/** One statement cannot change a row twice. */
function latestOfEach(rows: readonly DeadLetterRow[]): readonly DeadLetterRow[] {
  return [...new Map(rows.map((row) => [`${row.sagaId} ${row.letter.step}`, row])).values()];
}

/** A change that has no error to tell keeps the one there is. */
async function upsertLetters(tx: ClientBase, tables: Tables, rows: readonly DeadLetterRow[]): Promise<void> {
  await tx.query(
    `INSERT INTO ${tables.deadLetters} AS letter (saga_id, step, status, reason, attempts, last_error, request)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::jsonb[])
      ON CONFLICT (saga_id, step) DO UPDATE SET status = excluded.status, reason = excluded.reason,
        attempts = excluded.attempts, last_error = coalesce(nullif(excluded.last_error, ''), letter.last_error),
        request = excluded.request, updated_at = now()`,
    [
      rows.map((row) => row.sagaId),
      rows.map((row) => row.letter.step),
      rows.map((row) => row.letter.status),
      rows.map((row) => row.letter.reason),
      rows.map((row) => row.letter.attempts),
      rows.map((row) => row.letter.lastError),
      rows.map((row) => row.request),
    ],
  );
}

async function closeLetters(tx: ClientBase, tables: Tables, rows: readonly DeadLetterRow[]): Promise<void> {
  await tx.query(
    `UPDATE ${tables.deadLetters} AS letter SET status = new.status, updated_at = now()
      FROM unnest($1::uuid[], $2::text[], $3::text[]) AS new(saga_id, step, status)
      WHERE letter.saga_id = new.saga_id AND letter.step = new.step`,
    [rows.map((row) => row.sagaId), rows.map((row) => row.letter.step), rows.map((row) => row.letter.status)],
  );
}
