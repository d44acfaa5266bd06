import { inTransaction } from "@shop/platform/postgres";
import type { HistoryEntry, SagaRecords } from "@shop/saga";
import type pg from "pg";
import { retryEvents } from "./outbox.ts";

/**
 * Makes what an ended saga has still to send due now, and tells so in its history, together. Answers false where nothing
 * is left to send.
 */
export function retryMessage(
  pool: pg.Pool,
  records: Pick<SagaRecords, "recordAfterStep">,
  { sagaId, entry }: { readonly sagaId: string; readonly entry: HistoryEntry },
): Promise<boolean> {
  return inTransaction(pool, async (tx) => {
    if (!(await retryEvents(tx, sagaId))) return false;
    await records.recordAfterStep(tx, sagaId, entry);
    return true;
  });
}
