import type { ClientBase, Pool } from "pg";
import { cleanMessage } from "../decision/history.ts";
import { type Operator, wordsOf } from "../decision/intervention.ts";
import { operatorEntries } from "../definition.ts";
import type { HistoryEntry } from "../state.ts";
import { jsonTextOf } from "./json-text.ts";
import type { AfterLetter } from "./records.ts";
import type { Tables } from "./tables.ts";

/** Puts an after-step's entry into the history of a saga that has ended (D5); a late repetition changes nothing. */
export async function recordAfterStep(
  tx: ClientBase | Pool,
  tables: Tables,
  sagaId: string,
  entry: HistoryEntry,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE ${tables.sagas} AS saga SET history = CASE
        WHEN EXISTS (SELECT FROM jsonb_array_elements(saga.history) AS old WHERE old ->> 'step' = $2)
        THEN (SELECT jsonb_agg(CASE WHEN old ->> 'step' = $2 THEN $3::jsonb ELSE old END ORDER BY place)
          FROM jsonb_array_elements(saga.history) WITH ORDINALITY AS entries(old, place))
        ELSE saga.history || $3::jsonb END
      WHERE id = $1 AND completed_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(saga.history) AS old
        WHERE old ->> 'step' = $2 AND (old ->> 'status' = 'Completed' OR ($5 AND (old ->> 'attempt')::int > $4)))`,
    [
      sagaId,
      entry.step,
      jsonTextOf("the entry of an after-step", { ...entry, message: cleanMessage(entry.message) }),
      entry.attempt,
      entry.status !== "Completed",
    ],
  );
  return rowCount === 1;
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
