import type { ClientBase, Pool } from "pg";
import { cleanMessage } from "../decision/history.ts";
import { type Operator, wordsOf } from "../decision/intervention.ts";
import { operatorEntries } from "../definition.ts";
import type { HistoryEntry } from "../state.ts";
import { jsonTextOf } from "./json-text.ts";
import type { AfterEntry, AfterLetter } from "./records.ts";
import { rowSourceOf } from "./row-source.ts";
import type { Tables } from "./tables.ts";

/**
 * Puts the entries of after-steps into the histories of sagas that have ended (D5), one for each saga at most; a late
 * repetition changes nothing. Resolves with the ids of the sagas that were changed.
 */
export async function recordAfterSteps(
  tx: ClientBase | Pool,
  tables: Tables,
  records: readonly AfterEntry[],
): Promise<ReadonlySet<string>> {
  if (records.length === 0) return new Set();
  const { text, values } = sourceOfEntries(records);
  const { rows } = await tx.query<{ id: string }>(
    `UPDATE ${tables.sagas} AS saga SET history = CASE
        WHEN EXISTS (SELECT FROM jsonb_array_elements(saga.history) AS old WHERE old ->> 'step' = new.step)
        THEN (SELECT jsonb_agg(CASE WHEN old ->> 'step' = new.step THEN new.entry ELSE old END ORDER BY place)
          FROM jsonb_array_elements(saga.history) WITH ORDINALITY AS entries(old, place))
        ELSE saga.history || new.entry END
      FROM ${text} AS new(id, step, entry, attempt, is_completed)
      WHERE saga.id = new.id AND completed_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(saga.history) AS old WHERE old ->> 'step' = new.step
          AND (old ->> 'status' = 'Completed' OR (NOT new.is_completed AND (old ->> 'attempt')::int > new.attempt)))
      RETURNING saga.id`,
    values,
  );
  return new Set(rows.map((row) => row.id));
}

const sourceOfEntries = rowSourceOf<AfterEntry>([
  ["uuid", ({ sagaId }) => sagaId],
  ["text", ({ entry }) => entry.step],
  ["jsonb", ({ entry }) => entryText(entry)],
  ["int", ({ entry }) => entry.attempt],
  ["bool", ({ entry }) => entry.status === "Completed"],
]);

function entryText(entry: HistoryEntry): string {
  return jsonTextOf("the entry of an after-step", { ...entry, message: cleanMessage(entry.message) });
}

/** Appends that an operator has asked for an after-step again to the history of a saga that has ended (O5, D5). */
export async function recordRetry(
  tx: ClientBase | Pool,
  tables: Tables,
  sagaId: string,
  by: Operator,
  timestamp: string,
): Promise<boolean> {
  const step = operatorEntries.retry;
  const entry = { step, status: "Completed", message: wordsOf(by), timestamp };
  const { rowCount } = await tx.query(
    `UPDATE ${tables.sagas} AS saga SET history = saga.history || jsonb_set($2::jsonb, '{attempt}', to_jsonb(1 + (
        SELECT count(*) FROM jsonb_array_elements(saga.history) AS old WHERE old ->> 'step' = $3)))
      WHERE id = $1 AND completed_at IS NOT NULL`,
    [sagaId, jsonTextOf("the entry of an operator", entry), step],
  );
  return rowCount === 1;
}

/** Leaves an Open dead letter, or opens the one there is. */
export async function leaveAfterLetter(
  tx: ClientBase | Pool,
  tables: Tables,
  { sagaId, step, reason, attempts, lastError, request }: AfterLetter,
): Promise<void> {
  await tx.query(
    `INSERT INTO ${tables.deadLetters} (saga_id, step, status, reason, attempts, last_error, request)
      VALUES ($1, $2, 'Open', $3, $4, $5, $6)
      ON CONFLICT (saga_id, step) DO UPDATE SET status = excluded.status, reason = excluded.reason,
        attempts = excluded.attempts, last_error = excluded.last_error, request = excluded.request, updated_at = now()`,
    [sagaId, step, reason, attempts, cleanMessage(lastError), jsonTextOf("the request of a dead letter", request)],
  );
}

/** Marks the dead letter of an after-step as worked off. */
export async function closeAfterLetter(
  tx: ClientBase | Pool,
  tables: Tables,
  sagaId: string,
  step: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE ${tables.deadLetters} SET status = 'WorkedOff', updated_at = now()
      WHERE saga_id = $1 AND step = $2 AND status <> 'WorkedOff'`,
    [sagaId, step],
  );
  return rowCount === 1;
}
