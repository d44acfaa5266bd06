import { inTransaction } from "@shop/platform/postgres";
import type { HistoryEntry, Operator, SagaRecords } from "@shop/saga";
import type pg from "pg";
import { retryEvents } from "./outbox.ts";

/** What of an ended saga is to be sent again, who asked for it, and how its history tells it from now on. */
export interface MessageRetry {
  readonly sagaId: string;
  readonly entry: HistoryEntry;
  readonly by: Operator;
}

/**
 * Makes what an ended saga has still to send due now, and tells so in its history, together. Answers false where nothing
 * is left to send.
 */
export function retryMessage(
  pool: pg.Pool,
  records: Pick<SagaRecords, "recordAfterStep" | "recordRetry">,
  { sagaId, entry, by }: MessageRetry,
): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    if (!(await retryEvents(tx, sagaId))) return false;
    await records.recordAfterStep(tx, sagaId, entry);
    await records.recordRetry(tx, sagaId, by, entry.timestamp);
    return true;
  });
}
