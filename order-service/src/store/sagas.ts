import type { Queryable } from "@shop/platform/postgres";
import type { Failure, HistoryEntry, SagaStatus } from "@shop/saga";

/** A saga as its journal has it, and whose order it runs. */
export interface SagaRecord {
  readonly id: string;
  readonly orderId: string;
  readonly userId: string;
  readonly status: SagaStatus;
  readonly currentStep: string;
  readonly history: readonly HistoryEntry[];
  /** Why it was turned round; absent until that is certain. */
  readonly failure?: Failure;
  readonly startedAt: Date;
  readonly completedAt?: Date;
}

/** The saga with this id. */
export async function findSaga(db: Queryable, id: string): Promise<SagaRecord | undefined> {
  const { rows } = await db.query<SagaRow>({ name: "find-saga", text: `${SELECT} WHERE saga.id = $1`, values: [id] });
  return rows[0] && toSagaRecord(rows[0]);
}

/** The saga of this order. */
export async function findSagaOfOrder(db: Queryable, orderId: string): Promise<SagaRecord | undefined> {
  const { rows } = await db.query<SagaRow>({
    name: "find-saga-of-order",
    text: `${SELECT} WHERE saga.order_id = $1`,
    values: [orderId],
  });
  return rows[0] && toSagaRecord(rows[0]);
}

/** The saga of this order, where the order is this user's. */
export async function findSagaOfOrderOf(
  db: Queryable,
  userId: string,
  orderId: string,
): Promise<SagaRecord | undefined> {
  const { rows } = await db.query<SagaRow>({
    name: "find-saga-of-order-of",
    text: `${SELECT} WHERE saga.order_id = $1 AND orders.id = $1 AND orders.user_id = $2`,
    values: [orderId, userId],
  });
  return rows[0] && toSagaRecord(rows[0]);
}

/** A turn whose verdict is still awaited, or that was overruled, is not a failure (rule U2). */
const SELECT = `
  SELECT saga.id, saga.order_id, orders.user_id, saga.status, saga.current_step, saga.history, saga.created_at,
         saga.completed_at,
         CASE WHEN saga.progress #>> '{turn,verdict}' = 'confirmed' THEN saga.progress #> '{turn,failure}' END AS failure
    FROM order_sagas AS saga JOIN orders ON orders.id = saga.order_id`;

interface SagaRow {
  readonly id: string;
  readonly order_id: string;
  readonly user_id: string;
  readonly status: SagaStatus;
  readonly current_step: string;
  readonly history: HistoryEntry[];
  readonly failure: Failure | null;
  readonly created_at: Date;
  readonly completed_at: Date | null;
}

function toSagaRecord(row: SagaRow): SagaRecord {
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id,
    status: row.status,
    currentStep: row.current_step,
    history: row.history,
    failure: row.failure ?? undefined,
    startedAt: row.created_at,
    completedAt: row.completed_at ?? undefined,
  };
}
