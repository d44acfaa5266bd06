import type { ClientBase } from "pg";
import type { SagaWrite } from "../journal.ts";
import { isFinal } from "../state.ts";
import { jsonTextOf } from "./json-text.ts";
import { type RowSource, rowSourceOf } from "./row-source.ts";
import type { Tables } from "./tables.ts";

/** A decision, with what of it is kept as JSON. */
export interface SagaWriteRow {
  readonly write: SagaWrite<unknown>;
  readonly history: string;
  readonly data: string;
  readonly progress: string;
}

/** Puts a decision into the journal's form, or throws `JournalRefusedError`. */
export function sagaWriteRow(write: SagaWrite<unknown>): SagaWriteRow {
  return {
    write,
    history: jsonTextOf("the saga's history", write.saga.history),
    data: jsonTextOf("the saga's data", write.saga.data),
    progress: jsonTextOf("the saga's progress", write.progress),
  };
}

/**
 * The guarded update (D3, D5). A claim raises the epoch, so an equal one says that the writer still owns the row. Of a row
 * that comes alone the count tells whether it was applied, which spares the answer its row.
 *
 * A batch's three comparisons always hold. They make the planner expect few rows, whatever the table's size when it plans,
 * so that it takes the new rows in their order and finds each by its key: the locks are taken in order (D2), and a plan
 * that was kept from when the table was small does not scan the whole of it later.
 */
export function updateStatement(tables: Tables, { form, text }: Pick<RowSource, "form" | "text">): string {
  const few = "AND new.epoch > 0 AND new.seq > 0 AND new.status > '' RETURNING saga.id, saga.epoch";
  return `UPDATE ${tables.sagas} AS saga
    SET status = new.status, current_step = new.current_step, history = new.history, data = new.data,
      progress = new.progress, seq = new.seq,
      owner = CASE WHEN new.due_in_ms IS NULL AND NOT new.has_ended THEN saga.owner END,
      due_at = now() + new.due_in_ms * interval '1 millisecond',
      parked_at = now() - new.parked_for_ms * interval '1 millisecond',
      completed_at = CASE WHEN new.has_ended THEN now() END
    FROM ${text}
      AS new(id, epoch, seq, status, current_step, history, data, progress, due_in_ms, parked_for_ms, has_ended)
    WHERE saga.id = new.id AND saga.epoch = new.epoch AND saga.seq < new.seq AND saga.completed_at IS NULL
      ${form === "alone" ? "" : few}`;
}

/**
 * Which owner's write of which saga: a batch may hold a late one of an owner that was replaced and one of the new owner,
 * both this process's.
 */
export function writeKey({ saga, epoch }: SagaWrite<unknown>): string {
  return keyOf({ id: saga.id, epoch });
}

function keyOf({ id, epoch }: { readonly id: string; readonly epoch: number }): string {
  return `${id} ${epoch}`;
}

/** Applies decisions where (epoch, seq) is newer and the saga has not ended; resolves with the keys of those applied (D3). */
export async function updateSagas(
  tx: ClientBase,
  tables: Tables,
  rows: readonly SagaWriteRow[],
): Promise<ReadonlySet<string>> {
  const source = sourceOfWrites(rows);
  const { rows: found, rowCount } = await tx.query<{ id: string; epoch: number }>({
    name: `saga-update-${source.form}`,
    text: updateStatement(tables, source),
    values: source.values,
  });
  if (source.form === "alone") return new Set(rowCount === 1 ? rows.map(({ write }) => writeKey(write)) : []);
  return new Set(found.map(keyOf));
}

/** The decisions in the columns that the statement knows. */
export const sourceOfWrites = rowSourceOf<SagaWriteRow>([
  ["uuid", ({ write }) => write.saga.id],
  ["int", ({ write }) => write.epoch],
  ["int", ({ write }) => write.seq],
  ["text", ({ write }) => write.saga.status],
  ["text", ({ write }) => write.saga.currentStep],
  ["jsonb", ({ history }) => history],
  ["jsonb", ({ data }) => data],
  ["jsonb", ({ progress }) => progress],
  ["float8", ({ write }) => write.dueInMs ?? null],
  ["float8", ({ write }) => write.parkedForMs ?? null],
  ["bool", ({ write }) => isFinal(write.saga.status)],
]);

/**
 * Reads back what was not RETURNED: where the epoch is still the writer's, nobody has replaced it, and an earlier
 * sending of the same decision has landed (D3).
 */
export async function landedWrites(
  tx: ClientBase,
  tables: Tables,
  rows: readonly SagaWriteRow[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const { rows: found } = await tx.query<{ id: string; epoch: number }>({
    text: `SELECT saga.id, saga.epoch FROM ${tables.sagas} AS saga
      JOIN unnest($1::uuid[], $2::int[]) AS mine(id, epoch) ON saga.id = mine.id AND saga.epoch = mine.epoch`,
    values: [rows.map(({ write }) => write.saga.id), rows.map(({ write }) => write.epoch)],
  });
  return new Set(found.map(keyOf));
}
