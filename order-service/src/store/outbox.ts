import { toDecimal } from "@shop/platform/money";
import type { Queryable } from "@shop/platform/postgres";
import { isSubscribed, type OrderEvent } from "../domain/order-event.ts";

/** An event of a saga, to be sent once the transaction that it is written in has committed. */
export interface OutboxEvent {
  readonly sagaId: string;
  readonly event: OrderEvent;
}

/**
 * Puts the events into the outbox; one of a saga and type that stands there already is left as it is. One that nobody
 * listens to has nowhere to be sent to and is done at once: the relay never sees it.
 */
export async function insertEvents(db: Queryable, events: readonly OutboxEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.query({
    name: "insert-events",
    text: `
      INSERT INTO outbox (saga_id, type, payload, sent_at)
      SELECT saga_id, type, payload, CASE WHEN NOT is_subscribed THEN now() END
        FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::bool[]) AS event (saga_id, type, payload, is_subscribed)
      ON CONFLICT DO NOTHING`,
    values: [
      events.map(({ sagaId }) => sagaId),
      events.map(({ event }) => event.type),
      events.map(({ event }) => JSON.stringify(payloadOf(event))),
      events.map(({ event }) => isSubscribed(event.type)),
    ],
  });
}

/**
 * Makes the saga's unsent events due now, with all their attempts afresh: an operator asks for what was given up. What
 * was counted so far goes on counting, for the history's sake. Answers false where there is none.
 */
export async function retryEvents(db: Queryable, sagaId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "retry-events",
    text: `UPDATE outbox SET faults = 0, poisoned_at = NULL, due_at = now() WHERE saga_id = $1 AND sent_at IS NULL`,
    values: [sagaId],
  });
  return (rowCount ?? 0) > 0;
}

/** The event as its receivers read it, but for its id, type and time, which the row has. */
function payloadOf({ type: _, totalAmount, ...event }: OrderEvent): Record<string, unknown> {
  const { currency } = totalAmount ?? {};
  return { ...event, totalAmount: totalAmount && { amount: toDecimal(totalAmount), currency } };
}
