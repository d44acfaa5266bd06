import type { ClientBase } from "pg";
import type { Intent } from "../journal.ts";
import type { Tables } from "./tables.ts";

/** An intent, and whose it is. */
export interface NewSagaRow {
  readonly intent: Intent<unknown, unknown>;
  readonly owner: string;
  readonly definition: string;
}

/** Inserts sagas whose keys the projection has RETURNED (D4). */
export async function insertSagas(tx: ClientBase, tables: Tables, rows: readonly NewSagaRow[]): Promise<void> {
  await tx.query({
    name: "saga-insert",
    text: `INSERT INTO ${tables.sagas} (id, ${tables.key}, status, data, definition_hash, owner)
      SELECT id, key, 'Started', data, definition, owner
      FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::text[], $5::uuid[])
        AS new(id, key, data, definition, owner)`,
    values: [
      rows.map((row) => row.intent.sagaId),
      rows.map((row) => row.intent.key),
      rows.map((row) => JSON.stringify(row.intent.data)),
      rows.map((row) => row.definition),
      rows.map((row) => row.owner),
    ],
  });
}

/** Which of these sagas exist already: an earlier insert whose outcome was unknown did land (D3). */
export async function existingSagas(
  tx: ClientBase,
  tables: Tables,
  sagaIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ id: string }>(`SELECT id FROM ${tables.sagas} WHERE id = ANY($1::uuid[])`, [
    sagaIds,
  ]);
  return new Set(rows.map((row) => row.id));
}
