import { isConnectionFailure, isErrorLike } from "@shop/platform/errors";
import { inTransaction, type Queryable } from "@shop/platform/postgres";
import { type HistoryEntry, JournalRefusedError, type SagaRecords } from "@shop/saga";
import type pg from "pg";
import type { SubscribedType } from "../domain/order-event.ts";
import type { ClaimedEvent } from "./claim-events.ts";

/** What has become of a claimed event. */
export type Settlement = {
  readonly event: ClaimedEvent;
} & (
  | { readonly kind: "sent" }
  /** To be tried again after `delayMs`; a fault counts towards giving it up. */
  | { readonly kind: "retry"; readonly isFault: boolean; readonly delayMs: number; readonly error: string }
  /** Given up: it leaves the queues and a dead letter stays. */
  | { readonly kind: "poisoned"; readonly reason: string; readonly error: string }
  /** It was not called, or the call was given up: it is as if it had not been claimed. */
  | { readonly kind: "released" }
);

/** Where the sendings are told of in the sagas. */
export interface SendingRecords {
  readonly sagas: Pick<SagaRecords, "recordAfterStep" | "leaveAfterLetter" | "closeAfterLetter">;
  /** The after-step that sends events of this type. */
  readonly steps: Readonly<Record<SubscribedType, string>>;
  /** The wall time, for people to read. */
  timestamp(): string;
}

/**
 * Writes what has become of claimed events, together with the history and the dead letters of their sagas, in one
 * transaction. What is sent or given up already stays so, but what was sent after all is sent. It does not wait for the
 * disk: what a crash loses is done again, and every part of it may be.
 *
 * Where a saga cannot be told, its event is settled alone and `notTold` hears of it: one row's fault keeps no other from
 * being settled. Rejects where the database cannot be reached or ends the transaction; then it is to be repeated.
 */
export async function settleEvents(
  pool: pg.Pool,
  records: SendingRecords,
  settlements: readonly Settlement[],
  notTold: (settlement: Settlement, err: unknown) => void,
): Promise<void> {
  try {
    await settleTogether(pool, records, settlements);
  } catch (err) {
    const [first, ...others] = settlements;
    if (first === undefined || !isRowFault(err)) throw err;
    if (others.length > 0) {
      for (const settlement of settlements) await settleEvents(pool, records, [settlement], notTold);
      return;
    }
    await updateOutbox(pool, settlements);
    notTold(first, err);
  }
}

function settleTogether(pool: pg.Pool, records: SendingRecords, settlements: readonly Settlement[]): Promise<void> {
  return inTransaction(pool, async (tx) => {
    await tx.query("SET LOCAL synchronous_commit = off");
    const attempts = await updateOutbox(tx, settlements);
    for (const settlement of settlements) {
      const attempt = attempts.get(settlement.event.eventId);
      if (attempt !== undefined) await tellSaga(tx, records, settlement, attempt);
    }
  });
}

/** Claims that the same again would fail again: SQLSTATE classes 22 (data) and 23 (constraints), or not a database's. */
function isRowFault(err: unknown): boolean {
  if (isConnectionFailure(err)) return false;
  const code = isErrorLike(err) && "code" in err ? String(err.code) : "";
  return /^2[23]/.test(code) || err instanceof JournalRefusedError;
}

/** Resolves with the number of attempts of each event that was still open. */
async function updateOutbox(db: Queryable, settlements: readonly Settlement[]): Promise<Map<string, number>> {
  const { rows } = await db.query<{ event_id: string; attempts: number }>(
    `UPDATE outbox
        SET sent_at = CASE new.kind WHEN 'sent' THEN now() END,
            poisoned_at = CASE new.kind WHEN 'poisoned' THEN now() END,
            attempts = outbox.attempts + CASE new.kind WHEN 'released' THEN 0 ELSE 1 END,
            faults = outbox.faults + new.is_fault::int,
            due_at = now() + new.delay_ms * interval '1 millisecond',
            claimed_until = NULL,
            last_error = coalesce(new.error, outbox.last_error)
       FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::float8[], $5::text[])
              AS new (event_id, kind, is_fault, delay_ms, error)
      WHERE outbox.event_id = new.event_id
        AND outbox.sent_at IS NULL AND (outbox.poisoned_at IS NULL OR new.kind = 'sent')
     RETURNING outbox.event_id, outbox.attempts`,
    [
      settlements.map(({ event }) => event.eventId),
      settlements.map(({ kind }) => kind),
      settlements.map(isFault),
      settlements.map((settlement) => (settlement.kind === "retry" ? settlement.delayMs : 0)),
      settlements.map((settlement) => ("error" in settlement ? settlement.error : null)),
    ],
  );
  return new Map(rows.map((row) => [row.event_id, row.attempts]));
}

function isFault(settlement: Settlement): boolean {
  return settlement.kind === "poisoned" || (settlement.kind === "retry" && settlement.isFault);
}

async function tellSaga(
  tx: pg.ClientBase,
  { sagas, steps, timestamp }: SendingRecords,
  settlement: Settlement,
  attempt: number,
): Promise<void> {
  const { event } = settlement;
  const { sagaId, type, eventId, orderId } = event;
  const step: string | undefined = steps[type as SubscribedType];
  if (step === undefined) return;
  const tell = (status: HistoryEntry["status"], message: string) =>
    sagas.recordAfterStep(tx, sagaId, { step, status, message, attempt, timestamp: timestamp() });
  switch (settlement.kind) {
    case "sent":
      await tell("Completed", "");
      // The first call can have left none.
      if (attempt > 1) await sagas.closeAfterLetter(tx, sagaId, step);
      return;
    case "retry":
      await tell("Running", settlement.error);
      return;
    case "poisoned": {
      const { reason, error: lastError } = settlement;
      await tell("Exhausted", lastError);
      const request = { eventId, type, orderId };
      return sagas.leaveAfterLetter(tx, { sagaId, step, reason, attempts: attempt, lastError, request });
    }
    case "released":
      return;
    default:
      return settlement satisfies never;
  }
}
