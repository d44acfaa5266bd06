import type { ClientBase } from "pg";
import type { JournalLetter } from "../journal.ts";
import type { Tables } from "./tables.ts";

/** A dead letter's change, and whose it is. */
export type DeadLetterRow = JournalLetter & { readonly sagaId: string };
type LeftRow = Extract<DeadLetterRow, { kind: "left" }>;
type ClosedRow = Extract<DeadLetterRow, { kind: "closed" }>;

/** Writes dead letters, or changes those there are (U0). No two of the rows are of one saga and step. */
export async function writeDeadLetters(tx: ClientBase, tables: Tables, rows: readonly DeadLetterRow[]): Promise<void> {
  const left = rows.filter((row) => row.kind === "left");
  const closed = rows.filter((row) => row.kind === "closed");
  if (left.length > 0) await upsertLetters(tx, tables, left);
  if (closed.length > 0) await closeLetters(tx, tables, closed);
}

/** A change that has no error to tell keeps the one there is. */
async function upsertLetters(tx: ClientBase, tables: Tables, rows: readonly LeftRow[]): Promise<void> {
  await tx.query(
    `INSERT INTO ${tables.deadLetters} AS letter (saga_id, step, status, reason, attempts, last_error, request)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::jsonb[])
      ON CONFLICT (saga_id, step) DO UPDATE SET status = excluded.status, reason = excluded.reason,
        attempts = excluded.attempts, last_error = coalesce(nullif(excluded.last_error, ''), letter.last_error),
        request = excluded.request, updated_at = now()`,
    [
      rows.map((row) => row.sagaId),
      rows.map((row) => row.step),
      rows.map((row) => row.status),
      rows.map((row) => row.reason),
      rows.map((row) => row.attempts),
      rows.map((row) => row.lastError),
      rows.map((row) => JSON.stringify(row.request)),
    ],
  );
}

/** What has never had one gets none, and what was worked off stays so. */
async function closeLetters(tx: ClientBase, tables: Tables, rows: readonly ClosedRow[]): Promise<void> {
  await tx.query(
    `UPDATE ${tables.deadLetters} AS letter SET status = new.status, updated_at = now()
      FROM unnest($1::uuid[], $2::text[], $3::text[]) AS new(saga_id, step, status)
      WHERE letter.saga_id = new.saga_id AND letter.step = new.step AND letter.status NOT IN ('WorkedOff', new.status)`,
    [rows.map((row) => row.sagaId), rows.map((row) => row.step), rows.map((row) => row.status)],
  );
}
