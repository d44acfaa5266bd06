import type { Pool } from "pg";
import { closeAfterLetter, leaveAfterLetter, recordAfterSteps, recordRetry } from "./after-steps.ts";
import { findDeadLetter, findDeadLetterOf, listDeadLetters } from "./list-dead-letters.ts";
import { listSagas } from "./list-sagas.ts";
import type { SagaRecords } from "./records.ts";
import { quotedTables } from "./tables.ts";

/** What the records are made of. */
export interface SagaRecordsOptions {
  /** Best the service's own, so that no list delays the journal's writes. */
  readonly pool: Pool;
  /** The table of the sagas, such as `order_sagas`. */
  readonly table: string;
  /** Its column that holds the key, such as `order_id`. */
  readonly keyColumn: string;
}

/** Creates the records of the sagas in this table. */
export function createSagaRecords({ pool, table, keyColumn }: SagaRecordsOptions): SagaRecords {
  const tables = quotedTables(table, keyColumn);
  return {
    listSagas: (filter, page) => listSagas(pool, tables, filter, page),
    deadLetters: (filter, page) => listDeadLetters(pool, tables, filter, page),
    deadLetter: (id) => findDeadLetter(pool, tables, id),
    deadLetterOf: (sagaId, step) => findDeadLetterOf(pool, tables, sagaId, step),
    recordAfterStep: async (tx, sagaId, entry) => (await recordAfterSteps(tx, tables, [{ sagaId, entry }])).size === 1,
    recordAfterSteps: (tx, entries) => recordAfterSteps(tx, tables, entries),
    recordRetry: (tx, sagaId, by, timestamp) => recordRetry(tx, tables, sagaId, by, timestamp),
    leaveAfterLetter: (tx, letter) => leaveAfterLetter(tx, tables, letter),
    closeAfterLetter: (tx, sagaId, step) => closeAfterLetter(tx, tables, sagaId, step),
  };
}
