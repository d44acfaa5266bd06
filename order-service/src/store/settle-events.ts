import { isConnectionFailure, isErrorLike } from "@shop/platform/errors";
import { inTransaction, type Queryable } from "@shop/platform/postgres";
import { type AfterEntry, type HistoryEntry, JournalRefusedError, type SagaRecords } from "@shop/saga";
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
  readonly sagas: Pick<SagaRecords, "recordAfterSteps" | "leaveAfterLetter" | "closeAfterLetter">;
  /** The after-step that sends events of this type. */
  readonly steps: Readonly<Record<SubscribedType, string>>;
  /** The wall time, for people to read. */
  timestamp(): string;
}

/**
 * Writes what has become of claimed events, together with the history and the dead letters of their sagas, in one
 * transaction. What is sent or given up already stays so, but what was sent after all is sent, also where an event comes
 * twice. Every part of it may be repeated.
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
  const decided = onePerEvent(settlements);
  try {
    await settleTogether(pool, records, decided);
  } catch (err) {
    const [first, ...others] = decided;
    if (first === undefined || !isRowFault(err)) throw err;
    if (others.length > 0) {
      for (const settlement of decided) await settleEvents(pool, records, [settlement], notTold);
      return;
    }
    await updateOutbox(pool, decided);
    notTold(first, err);
  }
}

/**
 * What weighs most of each event. It comes twice where its claim ended, or was lost with the database, before its first
 * outcome was written; one statement would take either, and the saga be told the other.
 */
function onePerEvent(settlements: readonly Settlement[]): readonly Settlement[] {
  const decided = new Map<string, Settlement>();
  for (const settlement of settlements) {
    const other = decided.get(settlement.event.eventId);
    if (!other || weights[settlement.kind] >= weights[other.kind]) decided.set(settlement.event.eventId, settlement);
  }
  return [...decided.values()];
}

const weights = { released: 0, retry: 1, poisoned: 2, sent: 3 } as const;

function settleTogether(pool: pg.Pool, records: SendingRecords, settlements: readonly Settlement[]): Promise<void> {
  return inTransaction(pool, async (tx) => {
    const attempts = await updateOutbox(tx, settlements);
    const tellings = settlements.flatMap((settlement) => tellingOf(records, settlement, attempts));
    await records.sagas.recordAfterSteps(tx, tellings.map(toEntry));
    for (const telling of tellings) await keepLetter(tx, records, telling);
  });
}

/**
 * Claims that it is one row's, and the same again would fail again: SQLSTATE classes 22 (data), 23 (constraints) and 54
 * (too large), a row that is corrupt, or what the journal refuses.
 */
function isRowFault(err: unknown): boolean {
  if (isConnectionFailure(err)) return false;
  const code = isErrorLike(err) && "code" in err ? String(err.code) : "";
  return /^(2[23]|54|XX001$)/.test(code) || err instanceof JournalRefusedError;
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

/** What a saga is to be told of its event. */
interface Telling {
  readonly settlement: Settlement;
  readonly sagaId: string;
  readonly entry: HistoryEntry;
}

/** Nothing where the event was settled before, was not called, or has no step that sends it. */
function tellingOf(
  { steps, timestamp }: SendingRecords,
  settlement: Settlement,
  attempts: ReadonlyMap<string, number>,
): Telling[] {
  const { kind, event } = settlement;
  const attempt = attempts.get(event.eventId);
  const step: string | undefined = steps[event.type as SubscribedType];
  if (kind === "released" || attempt === undefined || step === undefined) return [];
  const message = "error" in settlement ? settlement.error : "";
  const entry = { step, status: statuses[kind], message, attempt, timestamp: timestamp() };
  return [{ settlement, sagaId: event.sagaId, entry }];
}

const statuses = { sent: "Completed", retry: "Running", poisoned: "Exhausted" } as const;

function toEntry({ sagaId, entry }: Telling): AfterEntry {
  return { sagaId, entry };
}

/** Few events ever have a dead letter: those that were given up, and those that were sent after that. */
async function keepLetter(tx: pg.ClientBase, { sagas }: SendingRecords, telling: Telling): Promise<void> {
  const { settlement, sagaId, entry } = telling;
  const { step, attempt } = entry;
  if (settlement.kind === "sent" && attempt > 1) await sagas.closeAfterLetter(tx, sagaId, step);
  if (settlement.kind !== "poisoned") return;
  const { eventId, type, orderId } = settlement.event;
  const { reason, error: lastError } = settlement;
  const request = { eventId, type, orderId };
  await sagas.leaveAfterLetter(tx, { sagaId, step, reason, attempts: attempt, lastError, request });
}
