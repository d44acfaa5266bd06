import type { Pool } from "pg";
import type { Progress } from "../decision/saga-state.ts";
import { certainFailure } from "../decision/saga-state.ts";
import type { Claim, ClaimedSaga, StoredSaga } from "../journal.ts";
import type { HistoryEntry, SagaSnapshot, SagaStatus } from "../state.ts";
import type { Tables } from "./tables.ts";

/** Takes over what is due and has no owner (O2). */
export function claimDue<Data>(pool: Pool, tables: Tables, claim: Claim): Promise<readonly ClaimedSaga<Data>[]> {
  return claimWhere(pool, tables, claim, "saga.clean", "due_at <= now() AND owner IS NULL ORDER BY due_at", []);
}

/** Takes over what belongs to owners whose heartbeat is too old, or who are gone (O1). */
export function claimLost<Data>(
  pool: Pool,
  tables: Tables,
  claim: Claim,
  staleMs: number,
  gapMs: number,
): Promise<readonly ClaimedSaga<Data>[]> {
  const freshAfter = "now() - $4 * interval '1 millisecond'";
  // O1: this may run late, in a database that has hung, and then by their heartbeats others are lost who are not.
  const where = `owner IS NOT NULL AND owner <> $1
    AND NOT EXISTS (SELECT FROM ${tables.owners} AS alive WHERE alive.id = owner AND alive.beat_at > ${freshAfter})
    AND EXISTS (SELECT FROM ${tables.owners} AS claimer
      WHERE claimer.id = $1 AND claimer.steady_since <= ${freshAfter}
        AND claimer.beat_at > now() - $5 * interval '1 millisecond')`;
  return claimWhere(pool, tables, claim, "false", where, [staleMs, gapMs]);
}

/** Takes over what belongs to the claimer and is not held by it: what it lost by going stale or by a lost answer (O2). */
export function claimOwn<Data>(
  pool: Pool,
  tables: Tables,
  claim: Claim,
  held: readonly string[],
  olderThanMs: number,
): Promise<readonly ClaimedSaga<Data>[]> {
  const where = `owner = $1 AND id <> ALL($4::uuid[]) AND created_at < now() - $5 * interval '1 millisecond'`;
  return claimWhere(pool, tables, claim, "false", where, [held, olderThanMs]);
}

/**
 * In no order where none is needed: it would have the planner walk the primary key, ended sagas and all.
 * O1: two claimers never wait for each other; O6: only definitions that are known.
 */
async function claimWhere<Data>(
  pool: Pool,
  tables: Tables,
  claim: Claim,
  clean: "saga.clean" | "false",
  where: string,
  values: readonly unknown[],
): Promise<readonly ClaimedSaga<Data>[]> {
  const { rows } = await pool.query<ClaimedRow<Data>>(
    `UPDATE ${tables.sagas} AS saga
      SET owner = $1, epoch = saga.epoch + 1, due_at = NULL, clean = ${clean}
      FROM (SELECT id FROM ${tables.sagas} WHERE definition_hash = ANY($3::text[]) AND ${where}
        LIMIT $2 FOR UPDATE SKIP LOCKED) AS found
      WHERE saga.id = found.id
      RETURNING ${claimedColumns(tables)}`,
    [claim.owner, claim.limit, claim.definitions, ...values],
  );
  return rows.map(claimedFrom);
}

/** Looks at a saga without taking it. */
export async function inspectSaga<Data>(
  pool: Pool,
  tables: Tables,
  sagaId: string,
): Promise<StoredSaga<Data> | undefined> {
  const { rows } = await pool.query<ClaimedRow<Data> & { readonly definition_hash: string }>(
    `SELECT ${claimedColumns(tables)}, saga.definition_hash FROM ${tables.sagas} AS saga WHERE id = $1`,
    [sagaId],
  );
  return rows[0] && { ...claimedFrom(rows[0]), definition: rows[0].definition_hash };
}

/** Reads sagas as they stand. */
export async function readSagas<Data>(
  pool: Pool,
  tables: Tables,
  sagaIds: readonly string[],
): Promise<readonly SagaSnapshot<Data>[]> {
  const { rows } = await pool.query<SnapshotRow<Data>>(
    `SELECT ${snapshotColumns(tables)} FROM ${tables.sagas} AS saga WHERE id = ANY($1::uuid[])`,
    [sagaIds],
  );
  return rows.map(snapshotFrom);
}

interface SnapshotRow<Data> {
  readonly id: string;
  readonly key: string;
  readonly status: SagaStatus;
  readonly current_step: string;
  readonly history: readonly HistoryEntry[];
  readonly data: Data;
  readonly progress: Partial<Progress>;
  readonly is_parked: boolean;
}

interface ClaimedRow<Data> extends SnapshotRow<Data> {
  readonly clean: boolean;
  readonly epoch: number;
  readonly seq: number;
  readonly age_ms: number;
  readonly parked_for_ms: number | null;
}

function snapshotColumns(tables: Tables): string {
  const own = ["id", "status", "current_step", "history", "data", "progress"].map((column) => `saga.${column}`);
  const isParked = "saga.owner IS NULL AND saga.due_at IS NOT NULL AND saga.parked_at IS NOT NULL";
  return [...own, `saga.${tables.key} AS key`, `${isParked} AS is_parked`].join(", ");
}

function claimedColumns(tables: Tables): string {
  return `${snapshotColumns(tables)}, saga.clean, saga.epoch, saga.seq,
    extract(epoch FROM now() - saga.created_at)::float8 * 1000 AS age_ms,
    extract(epoch FROM now() - saga.parked_at)::float8 * 1000 AS parked_for_ms`;
}

function claimedFrom<Data>(row: ClaimedRow<Data>): ClaimedSaga<Data> {
  return {
    saga: snapshotFrom(row),
    progress: progressFrom(row),
    clean: row.clean,
    epoch: row.epoch,
    seq: row.seq,
    ageMs: row.age_ms,
    parkedForMs: row.parked_for_ms ?? undefined,
  };
}

function snapshotFrom<Data>(row: SnapshotRow<Data>): SagaSnapshot<Data> {
  const { id, key, status, current_step: currentStep, history, data, progress } = row;
  const isParked = row.is_parked || undefined;
  return { id, key, status, currentStep, history, data, failure: certainFailure(progress.turn), isParked };
}

/** A saga that was never written since its intent has an empty progress. */
function progressFrom<Data>(row: SnapshotRow<Data>): Progress {
  return { calls: {}, undone: [], parks: 0, writer: "", ...row.progress };
}
