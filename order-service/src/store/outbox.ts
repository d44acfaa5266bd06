import { toDecimal } from "@shop/platform/money";
import type { Queryable } from "@shop/platform/postgres";
import type { OrderEvent } from "../domain/order-event.ts";

/** An event of a saga, to be sent once the transaction that it is written in has committed. */
export interface OutboxEvent {
  readonly sagaId: string;
  readonly event: OrderEvent;
}

/** Puts the events into the outbox; one of a saga and type that stands there already is left as it is. */
export async function insertEvents(db: Queryable, events: readonly OutboxEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.query({
    name: "insert-events",
    text: `
      INSERT INTO outbox (saga_id, type, payload)
      SELECT saga_id, type, payload FROM unnest($1::uuid[], $2::text[], $3::jsonb[]) AS event (saga_id, type, payload)
      ON CONFLICT DO NOTHING`,
    values: [
      events.map(({ sagaId }) => sagaId),
      events.map(({ event }) => event.type),
      events.map(({ event }) => JSON.stringify(payloadOf(event))),
    ],
  });
}

/**
 * Makes the saga's unsent events due now, as if they had never been tried: an operator asks for what was given up.
 * Answers false where there is none.
 */
export async function retryEvents(db: Queryable, sagaId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "retry-events",
    text: "UPDATE outbox SET attempts = 0 WHERE saga_id = $1 AND sent_at IS NULL",
    values: [sagaId],
  });
  return (rowCount ?? 0) > 0;
}

/** The event as its receivers read it, but for its id, type and time, which the row has. */
function payloadOf({ type: _, totalAmount, ...event }: OrderEvent): Record<string, unknown> {
  const { currency } = totalAmount ?? {};
  return { ...event, totalAmount: totalAmount && { amount: toDecimal(totalAmount), currency } };
}
