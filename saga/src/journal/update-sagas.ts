import type { ClientBase } from "pg";
import type { SagaWrite } from "../journal.ts";
import { isFinal } from "../state.ts";
import type { Tables } from "./tables.ts";

/**
 * The guarded update (D3, D5). A claim raises the epoch, so an equal one says that the writer still owns the row.
 *
 * The last three comparisons always hold. They make the planner expect few rows, whatever the table's size when it plans,
 * so that it takes the new rows in their order and finds each by its key: the locks are taken in order (D2), and a plan
 * that was kept from when the table was small does not scan the whole of it later.
 */
export function updateStatement(tables: Tables): string {
  return `UPDATE ${tables.sagas} AS saga
    SET status = new.status, current_step = new.current_step, history = new.history, data = new.data,
      progress = new.progress, seq = new.seq,
      owner = CASE WHEN new.due_in_ms IS NULL AND NOT new.has_ended THEN saga.owner END,
      due_at = now() + new.due_in_ms * interval '1 millisecond',
      parked_at = now() - new.parked_for_ms * interval '1 millisecond',
      completed_at = CASE WHEN new.has_ended THEN now() END
    FROM unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::jsonb[],
        $9::float8[], $10::float8[], $11::bool[])
      AS new(id, epoch, seq, status, current_step, history, data, progress, due_in_ms, parked_for_ms, has_ended)
    WHERE saga.id = new.id AND saga.epoch = new.epoch AND saga.seq < new.seq AND saga.completed_at IS NULL
      AND new.epoch > 0 AND new.seq > 0 AND new.status > ''
    RETURNING saga.id`;
}

/** Applies decisions where (epoch, seq) is newer and the saga has not ended; resolves with the ids RETURNED (D3). */
export async function updateSagas(
  tx: ClientBase,
  tables: Tables,
  writes: readonly SagaWrite<unknown>[],
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ id: string }>({
    name: "saga-update",
    text: updateStatement(tables),
    values: [
      writes.map((write) => write.saga.id),
      writes.map((write) => write.epoch),
      writes.map((write) => write.seq),
      writes.map((write) => write.saga.status),
      writes.map((write) => write.saga.currentStep),
      writes.map((write) => JSON.stringify(write.saga.history)),
      writes.map((write) => JSON.stringify(write.saga.data)),
      writes.map((write) => JSON.stringify(write.progress)),
      writes.map((write) => write.dueInMs ?? null),
      writes.map((write) => write.parkedForMs ?? null),
      writes.map((write) => isFinal(write.saga.status)),
    ],
  });
  return new Set(rows.map((row) => row.id));
}

/**
 * Reads back what was not RETURNED: where the epoch is still the writer's, nobody has replaced it, and an earlier
 * sending of the same decision has landed (D3).
 */
export async function landedWrites(
  tx: ClientBase,
  tables: Tables,
  writes: readonly SagaWrite<unknown>[],
): Promise<ReadonlySet<string>> {
  if (writes.length === 0) return new Set();
  const { rows } = await tx.query<{ id: string }>({
    text: `SELECT saga.id FROM ${tables.sagas} AS saga
      JOIN unnest($1::uuid[], $2::int[]) AS mine(id, epoch) ON saga.id = mine.id AND saga.epoch = mine.epoch`,
    values: [writes.map((write) => write.saga.id), writes.map((write) => write.epoch)],
  });
  return new Set(rows.map((row) => row.id));
}
