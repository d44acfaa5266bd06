import { fromDecimal } from "@shop/platform/money";
import type { Queryable } from "@shop/platform/postgres";
import { z } from "zod";
import { isSubscribed, type SubscribedEvent } from "../domain/order-event.ts";

/** Which events to claim: those that were never tried, in their order, or those that are due to be tried again. */
export type Queue = "fresh" | "tried";

/** An event that is the claimer's to send until its claim is over. */
export interface ClaimedEvent {
  readonly eventId: string;
  readonly sagaId: string;
  /** Undefined where neither the saga nor the event tells it. */
  readonly orderId?: string;
  readonly type: string;
  /** Undefined where what is stored cannot be read as one. */
  readonly event?: SubscribedEvent;
  /** Calls made before. */
  readonly attempts: number;
  /** Those of them that its receiver answered with an error. */
  readonly faults: number;
  /** Of the request that began it all; absent where that is not known. */
  readonly correlationId?: string;
  readonly traceparent?: string;
}

/**
 * Claims events that nobody else is sending. A claim is one short statement, no transaction is held over the call that
 * follows; where its holder dies, the claim is over after `claimMs` and the event is anybody's. It is planned anew each
 * time, for the best plan for an empty outbox reads the whole of a full one.
 */
export async function claimEvents(
  db: Queryable,
  queue: Queue,
  { limit, claimMs }: { readonly limit: number; readonly claimMs: number },
): Promise<ClaimedEvent[]> {
  const { rows } = await db.query<ClaimedRow>(
    `WITH found AS MATERIALIZED (
       SELECT event_id FROM outbox
        WHERE sent_at IS NULL AND poisoned_at IS NULL AND ${queues[queue]}
          AND (claimed_until IS NULL OR claimed_until <= now())
        ${orders[queue]} LIMIT $1
        FOR UPDATE SKIP LOCKED),
     claimed AS (
       UPDATE outbox SET claimed_until = now() + $2 * interval '1 millisecond'
         FROM found WHERE outbox.event_id = found.event_id
       RETURNING outbox.*)
     SELECT claimed.event_id, claimed.saga_id, type, payload, occurred_at, attempts, faults,
            saga.order_id, saga.data ->> 'correlationId' AS correlation_id, saga.data ->> 'traceparent' AS traceparent
       FROM claimed LEFT JOIN order_sagas AS saga ON saga.id = claimed.saga_id
      ORDER BY claimed.event_id`,
    [limit, claimMs],
  );
  return rows.map(toClaimed);
}

const queues = { fresh: "attempts = 0", tried: "attempts > 0 AND due_at <= now()" } as const;
const orders = { fresh: "ORDER BY event_id", tried: "ORDER BY due_at" } as const;

interface ClaimedRow {
  readonly event_id: string;
  readonly saga_id: string;
  readonly type: string;
  readonly payload: unknown;
  readonly occurred_at: Date;
  readonly attempts: number;
  readonly faults: number;
  readonly order_id: string | null;
  readonly correlation_id: string | null;
  readonly traceparent: string | null;
}

function toClaimed(row: ClaimedRow): ClaimedEvent {
  const event = toEvent(row);
  return {
    eventId: row.event_id,
    sagaId: row.saga_id,
    orderId: row.order_id ?? event?.orderId,
    type: row.type,
    event,
    attempts: row.attempts,
    faults: row.faults,
    correlationId: row.correlation_id ?? undefined,
    traceparent: row.traceparent ?? undefined,
  };
}

function toEvent({
  event_id: eventId,
  type,
  payload,
  occurred_at: occurredAt,
}: ClaimedRow): SubscribedEvent | undefined {
  const parsed = payloadSchema.safeParse(payload);
  if (!isSubscribed(type) || !parsed.success) return undefined;
  const { totalAmount, ...rest } = parsed.data;
  const amount = totalAmount && fromDecimal(totalAmount.amount, totalAmount.currency);
  if (totalAmount !== undefined && amount === undefined) return undefined;
  return { type, eventId, occurredAt, ...rest, totalAmount: amount };
}

const payloadSchema = z.object({
  orderId: z.string(),
  userId: z.string(),
  totalAmount: z.object({ amount: z.string(), currency: z.string() }).optional(),
  failure: z.object({ code: z.string(), message: z.string(), step: z.string() }).optional(),
});
