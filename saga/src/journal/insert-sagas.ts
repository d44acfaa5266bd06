import type { ClientBase } from "pg";
import type { Intent } from "../journal.ts";
import { jsonTextOf } from "./json-text.ts";
import { rowSourceOf } from "./row-source.ts";
import type { Tables } from "./tables.ts";

/** An intent, its data as JSON, and whose it is. */
export interface NewSagaRow {
  readonly intent: Intent<unknown, unknown>;
  readonly data: string;
  readonly owner: string;
  readonly definition: string;
}

/** Puts an intent into the journal's form, or throws `JournalRefusedError`. */
export function newSagaRow(intent: Intent<unknown, unknown>, owner: string, definition: string): NewSagaRow {
  return { intent, data: jsonTextOf("the saga's data", intent.data), owner, definition };
}

/** Inserts sagas (D4), and resolves with the ids of those that are new: a key that has a saga already keeps that one. */
export async function insertSagas(
  tx: ClientBase,
  tables: Tables,
  rows: readonly NewSagaRow[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const { form, text, values } = sourceOfInserts(rows);
  const inserted = await tx.query<{ id: string }>({
    name: `saga-insert-${form}`,
    text: `INSERT INTO ${tables.sagas} (id, ${tables.key}, status, data, definition_hash, owner)
      SELECT id, key, 'Started', data, definition, owner
      FROM ${text} AS new(id, key, data, definition, owner)
      ON CONFLICT DO NOTHING ${form === "alone" ? "" : "RETURNING id"}`,
    values,
  });
  if (form === "alone") return new Set(inserted.rowCount === 1 ? rows.map((row) => row.intent.sagaId) : []);
  return new Set(inserted.rows.map((row) => row.id));
}

const sourceOfInserts = rowSourceOf<NewSagaRow>([
  ["uuid", ({ intent }) => intent.sagaId],
  ["uuid", ({ intent }) => intent.key],
  ["jsonb", ({ data }) => data],
  ["text", ({ definition }) => definition],
  ["uuid", ({ owner }) => owner],
]);

/**
 * Which of these exist already, as their owner left them: an earlier sending of the same insert did land (D3). A saga's
 * id is minted for one submission, so nobody else can have made it.
 */
export async function landedInserts(
  tx: ClientBase,
  tables: Tables,
  rows: readonly NewSagaRow[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const { rows: landed } = await tx.query<{ id: string }>(
    `SELECT saga.id FROM ${tables.sagas} AS saga
      JOIN unnest($1::uuid[], $2::uuid[]) AS mine(id, owner) ON saga.id = mine.id AND saga.owner = mine.owner
      WHERE saga.epoch = 1 AND saga.seq = 0`,
    [rows.map((row) => row.intent.sagaId), rows.map((row) => row.owner)],
  );
  return new Set(landed.map((row) => row.id));
}
