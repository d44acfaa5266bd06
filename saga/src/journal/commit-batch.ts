import pg, { type ClientBase, type Pool } from "pg";
import type { SagaWrite } from "../journal.ts";
import { type DeadLetterRow, writeDeadLetters } from "./dead-letters.ts";
import { existingSagas, insertSagas, type NewSagaRow } from "./insert-sagas.ts";
import type { Projection } from "./projection.ts";
import type { Tables } from "./tables.ts";
import { landedEarlier, updateSagas } from "./update-sagas.ts";

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

/** Commits a batch in one transaction, journal and projection together (D2, D3), or throws. */
export async function commitBatch(
  pool: Pool,
  tables: Tables,
  projection: Projection<unknown, unknown>,
  batch: Batch,
): Promise<BatchOutcome> {
  const tx = await pool.connect();
  let isBroken = true;
  try {
    // Sent without waiting for each answer: a pool with `pipeline: true` saves the round trips.
    const [, created, written] = await allOrFirstFault([
      tx.query("BEGIN"),
      insertAll(tx, tables, projection, batch.inserts),
      writeAll(tx, tables, projection, batch.writes),
    ]);
    await tx.query("COMMIT");
    isBroken = false;
    return { created, written };
  } catch (err) {
    isBroken = await tx.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    throw err;
  } finally {
    tx.release(isBroken);
  }
}

/** Waits for every part, so that none of them sends anything after the ROLLBACK; then throws what went wrong first. */
async function allOrFirstFault<Parts extends readonly Promise<unknown>[]>(
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

/** D4: a saga only where its order was RETURNED, or where an earlier sending of this very insert has landed. */
async function insertAll(
  tx: ClientBase,
  tables: Tables,
  projection: Projection<unknown, unknown>,
  rows: readonly NewSagaRow[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const returned = new Set(
    await projection.insert(
      tx,
      rows.map((row) => row.intent),
    ),
  );
  const fresh = rows.filter((row) => returned.has(row.intent.key));
  const rest = rows.filter((row) => !returned.has(row.intent.key));
  if (fresh.length > 0) await insertSagas(tx, tables, fresh);
  const ids = fresh.map((row) => row.intent.sagaId);
  if (rest.length === 0) return new Set(ids);
  const landed = await existingSagas(
    tx,
    tables,
    rest.map((row) => row.intent.sagaId),
  );
  return new Set([...ids, ...landed]);
}

/** D3: the projection sees the RETURNED rows and no others. */
async function writeAll(
  tx: ClientBase,
  tables: Tables,
  projection: Projection<unknown, unknown>,
  writes: readonly SagaWrite<unknown>[],
): Promise<ReadonlySet<string>> {
  if (writes.length === 0) return new Set();
  const returned = await updateSagas(tx, tables, writes);
  const applied = writes.filter((write) => returned.has(write.saga.id));
  if (applied.length > 0) {
    await projection.apply(
      tx,
      applied.map((write) => write.saga),
    );
    await writeDeadLetters(tx, tables, applied.flatMap(lettersOf));
  }
  const rest = writes.filter((write) => !returned.has(write.saga.id));
  if (rest.length === 0) return returned;
  return new Set([...returned, ...(await landedEarlier(tx, tables, rest))]);
}

function lettersOf(write: SagaWrite<unknown>): readonly DeadLetterRow[] {
  const { saga, deadLetters } = write;
  return deadLetters.map((letter) => ({ sagaId: saga.id, request: saga.data, letter }));
}
