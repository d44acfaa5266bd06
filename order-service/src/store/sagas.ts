import type { Queryable } from "@shop/platform/postgres";
import type { HistoryEntry, SagaStatus } from "@shop/saga";

/** A saga as its journal has it. */
export interface SagaRecord {
  readonly id: string;
  readonly orderId: string;
  readonly status: SagaStatus;
  readonly currentStep: string;
  readonly history: readonly HistoryEntry[];
  readonly startedAt: Date;
  readonly completedAt?: Date;
}

/** The saga of this order. */
export async function findSaga(db: Queryable, orderId: string): Promise<SagaRecord | undefined> {
  const { rows } = await db.query<SagaRow>({
    name: "find-saga",
    text: `
      SELECT id, order_id, status, current_step, history, created_at, completed_at FROM order_sagas WHERE order_id = $1`,
    values: [orderId],
  });
  return rows[0] && toSagaRecord(rows[0]);
}

interface SagaRow {
  readonly id: string;
  readonly order_id: string;
  readonly status: SagaStatus;
  readonly current_step: string;
  readonly history: HistoryEntry[];
  readonly created_at: Date;
  readonly completed_at: Date | null;
}

function toSagaRecord(row: SagaRow): SagaRecord {
  return {
    id: row.id,
    orderId: row.order_id,
    status: row.status,
    currentStep: row.current_step,
    history: row.history,
    startedAt: row.created_at,
    completedAt: row.completed_at ?? undefined,
  };
}
