import pg, { type ClientBase, type Pool } from "pg";
import { giveBack, takeConnection } from "./connection.ts";
import { type DeadLetterRow, writeDeadLetters } from "./dead-letters.ts";
import { insertSagas, landedInserts, type NewSagaRow } from "./insert-sagas.ts";
import type { Projection } from "./projection.ts";
import { RolledBackError } from "./sql-error.ts";
import type { Tables } from "./tables.ts";
import { landedWrites, type SagaWriteRow, updateSagas, writeKey } from "./update-sagas.ts";

/** What is to be committed together. */
export interface Batch {
  readonly inserts: readonly NewSagaRow[];
  readonly writes: readonly SagaWriteRow[];
}

/** What became of a batch. */
export interface BatchOutcome {
  /** By saga id. */
  readonly created: ReadonlySet<string>;
  /** By `writeKey`. */
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
    throw err instanceof ProjectionFault ? err.told(!isBroken) : err;
  } finally {
    giveBack(tx, isBroken);
  }
}

/** Statements are sent without waiting for each answer: a pool with `pipeline: true` saves the round trips. */
async function commitOn(tx: ClientBase, target: BatchTarget, batch: Batch): Promise<BatchOutcome> {
  const { tables } = target;
  const { inserts, writes } = batch;
  const isPlain = !target.projection && writes.every(({ write }) => write.deadLetters.length === 0);
  // One statement is a transaction by itself.
  if (isPlain && inserts.length === 0) return { created: none, written: await updateSagas(tx, tables, writes) };
  if (isPlain && writes.length === 0) return { created: await insertSagas(tx, tables, inserts), written: none };
  const begun = tx.query("BEGIN");
  const work = allOrFirstFault([begun, freshOf(tx, target, inserts), writeAll(tx, target, writes)]);
  const fresh = isPlain ? inserts : (await work)[1];
  // After a fault a COMMIT rolls back, so nothing is lost by sending it before the answers are there.
  const inserted = insertSagas(tx, tables, fresh);
  const [[, , written], created] = await allOrFirstFault([work, inserted, commit(tx)]);
  return { created, written };
}

const none: ReadonlySet<string> = new Set();

/** PostgreSQL answers the COMMIT of a transaction in which a statement failed with ROLLBACK, not with an error. */
async function commit(tx: ClientBase): Promise<void> {
  const { command } = await tx.query("COMMIT");
  if (command !== "COMMIT") throw new RolledBackError("the transaction was rolled back: one of its statements failed");
}

/** Waits for every part, so that none of them sends anything after the ROLLBACK; then throws what went wrong first. */
async function allOrFirstFault<Parts extends readonly unknown[]>(
  parts: [...Parts],
): Promise<{ [Index in keyof Parts]: Awaited<Parts[Index]> }> {
  const settled = await Promise.allSettled(parts);
  const faults: unknown[] = settled.flatMap((part) => (part.status === "rejected" ? [part.reason] : []));
  if (faults.length > 0) throw faults.find((fault) => !isConsequence(fault)) ?? faults[0];
  const values = settled.map((part) => (part.status === "fulfilled" ? part.value : undefined));
  return values as { [Index in keyof Parts]: Awaited<Parts[Index]> };
}

/** True for "current transaction is aborted": another statement's fault. */
function isConsequence(err: unknown): boolean {
  return err instanceof pg.DatabaseError && err.code === "25P02";
}

/** D4: a saga only where its order was RETURNED. */
async function freshOf(
  tx: ClientBase,
  { projection }: BatchTarget,
  rows: readonly NewSagaRow[],
): Promise<readonly NewSagaRow[]> {
  if (!projection || rows.length === 0) return rows;
  const intents = rows.map((row) => row.intent);
  const returned = new Set(await ofProjection(() => projection.insert(tx, intents)));
  return rows.filter((row) => returned.has(row.intent.key));
}

/** D3: the projection sees the RETURNED rows and no others. */
async function writeAll(
  tx: ClientBase,
  { tables, projection }: BatchTarget,
  rows: readonly SagaWriteRow[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const returned = await updateSagas(tx, tables, rows);
  const applied = rows.filter(({ write }) => returned.has(writeKey(write)));
  const letters = applied.flatMap(lettersOf);
  const sagas = applied.map(({ write }) => write.saga);
  await allOrFirstFault([
    projection && sagas.length > 0 ? ofProjection(() => projection.apply(tx, sagas)) : undefined,
    letters.length > 0 ? writeDeadLetters(tx, tables, letters) : undefined,
  ]);
  return returned;
}

function lettersOf({ write }: SagaWriteRow): readonly DeadLetterRow[] {
  return write.deadLetters.map((letter) => ({ ...letter, sagaId: write.saga.id }));
}

/** What the projection threw that is no answer of the database; it was thrown before the COMMIT was sent. */
class ProjectionFault extends Error {
  /** A fault of the projection's own, where the connection has outlived it; else the connection's, most likely. */
  told(isRolledBack: boolean): unknown {
    const isSilence = this.cause instanceof Error && this.cause.message === "Query read timeout";
    if (!isRolledBack || isSilence) return this.cause;
    return new RolledBackError(`the projection failed: ${String(this.cause)}`, { cause: this.cause });
  }
}

async function ofProjection<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (err) {
    throw err instanceof pg.DatabaseError ? err : new ProjectionFault("the projection failed", { cause: err });
  }
}

/** D3: reads back what was not RETURNED: an earlier sending of the same thing, whose outcome was unknown, may have landed. */
async function withLanded(
  tx: ClientBase,
  tables: Tables,
  batch: Batch,
  { created, written }: BatchOutcome,
): Promise<BatchOutcome> {
  const inserts = batch.inserts.filter((row) => !created.has(row.intent.sagaId));
  const writes = batch.writes.filter(({ write }) => !written.has(writeKey(write)));
  if (inserts.length === 0 && writes.length === 0) return { created, written };
  return {
    created: new Set([...created, ...(await landedInserts(tx, tables, inserts))]),
    written: new Set([...written, ...(await landedWrites(tx, tables, writes))]),
  };
}
