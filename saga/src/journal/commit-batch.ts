import pg, { type ClientBase, type Pool } from "pg";
import type { SagaWrite } from "../journal.ts";
import { giveBack, takeConnection } from "./connection.ts";
import { type DeadLetterRow, writeDeadLetters } from "./dead-letters.ts";
import { insertSagas, landedInserts, type NewSagaRow } from "./insert-sagas.ts";
import type { Projection } from "./projection.ts";
import type { Tables } from "./tables.ts";
import { landedWrites, updateSagas } from "./update-sagas.ts";

/** What is to be committed together. */
export interface Batch {
  readonly inserts: readonly NewSagaRow[];
  readonly writes: readonly SagaWrite<unknown>[];
}

/** What became of a batch, by saga id. */
export interface BatchOutcome {
  readonly created: ReadonlySet<string>;
  readonly written: ReadonlySet<string>;
}

/** Where a batch goes. */
export interface BatchTarget {
  readonly pool: Pool;
  readonly tables: Tables;
  /** Absent where the service keeps nothing beside the journal. */
  readonly projection?: Projection<unknown, unknown>;
}

/** Commits a batch in one transaction, journal and projection together (D2, D3), or throws. */
export async function commitBatch(target: BatchTarget, batch: Batch): Promise<BatchOutcome> {
  const tx = await takeConnection(target.pool);
  let isBroken = true;
  try {
    const outcome = await commitOn(tx, target, batch);
    const complete = await withLanded(tx, target.tables, batch, outcome);
    isBroken = false;
    return complete;
  } catch (err) {
    isBroken = await tx.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    throw err;
  } finally {
    giveBack(tx, isBroken);
  }
}

/** Statements are sent without waiting for each answer: a pool with `pipeline: true` saves the round trips. */
async function commitOn(tx: ClientBase, target: BatchTarget, batch: Batch): Promise<BatchOutcome> {
  const isPlain = !target.projection && batch.writes.every((write) => write.deadLetters.length === 0);
  const isAlone = batch.inserts.length === 0 || batch.writes.length === 0;
  // One statement is a transaction by itself.
  const begun = isPlain && isAlone ? undefined : tx.query("BEGIN");
  const work = allOrFirstFault([begun, insertAll(tx, target, batch.inserts), writeAll(tx, target, batch.writes)]);
  // After a fault a COMMIT rolls back, so nothing is lost by sending it before the answers of a plain batch are there.
  if (begun && !isPlain) await work;
  const [[, created, written]] = await allOrFirstFault([work, begun && tx.query("COMMIT")]);
  return { created, written };
}

/** Waits for every part, so that none of them sends anything after the ROLLBACK; then throws what went wrong first. */
async function allOrFirstFault<Parts extends readonly unknown[]>(
  parts: [...Parts],
): Promise<{ [Index in keyof Parts]: Awaited<Parts[Index]> }> {
  const settled = await Promise.allSettled(parts);
  const faults: unknown[] = settled.flatMap((part) => (part.status === "rejected" ? [part.reason] : []));
  if (faults.length > 0) throw faults.find((fault) => !isConsequence(fault)) ?? faults[0];
  return (await Promise.all(parts)) as { [Index in keyof Parts]: Awaited<Parts[Index]> };
}

/** True for "current transaction is aborted": another statement's fault. */
function isConsequence(err: unknown): boolean {
  return err instanceof pg.DatabaseError && err.code === "25P02";
}

/** D4: a saga only where its order was RETURNED. */
async function insertAll(
  tx: ClientBase,
  { tables, projection }: BatchTarget,
  rows: readonly NewSagaRow[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  if (!projection) return insertSagas(tx, tables, rows);
  const intents = rows.map((row) => row.intent);
  const returned = new Set(await projection.insert(tx, intents));
  const fresh = rows.filter((row) => returned.has(row.intent.key));
  return fresh.length > 0 ? insertSagas(tx, tables, fresh) : new Set();
}

/** D3: the projection sees the RETURNED rows and no others. */
async function writeAll(
  tx: ClientBase,
  { tables, projection }: BatchTarget,
  writes: readonly SagaWrite<unknown>[],
): Promise<ReadonlySet<string>> {
  if (writes.length === 0) return new Set();
  const returned = await updateSagas(tx, tables, writes);
  const applied = writes.filter((write) => returned.has(write.saga.id));
  const letters = applied.flatMap(lettersOf);
  const sagas = applied.map((write) => write.saga);
  await allOrFirstFault([
    projection && sagas.length > 0 ? projection.apply(tx, sagas) : undefined,
    letters.length > 0 ? writeDeadLetters(tx, tables, letters) : undefined,
  ]);
  return returned;
}

function lettersOf(write: SagaWrite<unknown>): readonly DeadLetterRow[] {
  const { saga, deadLetters } = write;
  return deadLetters.map((letter) => ({ sagaId: saga.id, request: saga.data, letter }));
}

/** D3: reads back what was not RETURNED: an earlier sending of the same thing, whose outcome was unknown, may have landed. */
async function withLanded(
  tx: ClientBase,
  tables: Tables,
  batch: Batch,
  { created, written }: BatchOutcome,
): Promise<BatchOutcome> {
  const inserts = batch.inserts.filter((row) => !created.has(row.intent.sagaId));
  const writes = batch.writes.filter((write) => !written.has(write.saga.id));
  if (inserts.length === 0 && writes.length === 0) return { created, written };
  return {
    created: new Set([...created, ...(await landedInserts(tx, tables, inserts))]),
    written: new Set([...written, ...(await landedWrites(tx, tables, writes))]),
  };
}
