import type { Queryable } from "@shop/platform/postgres";
import type { Message } from "../domain/message.ts";
import type { Notification } from "../domain/notification.ts";
import type { OrderEvent } from "../domain/order-event.ts";
import { type NotificationRow, notificationColumns, toNotification } from "./notification-row.ts";

/**
 * What was found of an event: it is the caller's to send, or it stands as it is (sent, or being sent by another), or the
 * event id belongs to another event. `until` tells this claim from a later one.
 */
export type Claim =
  | { readonly kind: "claimed"; readonly notification: Notification; readonly until: string }
  | { readonly kind: "known"; readonly notification: Notification }
  | { readonly kind: "otherEvent" };

/**
 * Stores the intent to send, before anything is sent, and claims it for so long; or claims one that was stored and
 * whose claim is over, or that had nobody to be sent to: who asks again has a reason to. The text that was stored first
 * is the one that is sent.
 */
export async function claimNotification(
  db: Queryable,
  event: OrderEvent,
  message: Message,
  claimMs: number,
): Promise<Claim> {
  const text = JSON.stringify(event);
  const { rows } = await db.query<NotificationRow & { readonly until: string }>({
    name: "claim-notification",
    text: `
      INSERT INTO notifications AS known (event_id, order_id, user_id, kind, event, subject, body, claimed_until)
      VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 millisecond')
      ON CONFLICT (event_id) DO UPDATE SET status = 'PENDING', claimed_until = EXCLUDED.claimed_until
      WHERE (known.status = 'UNDELIVERABLE' OR (known.status = 'PENDING' AND known.claimed_until <= now()))
        AND known.event = EXCLUDED.event
      RETURNING ${notificationColumns}, claimed_until::text AS until`,
    values: [event.eventId, event.orderId, event.userId, event.kind, text, message.subject, message.body, claimMs],
  });
  const [row] = rows;
  return row
    ? { kind: "claimed", notification: toNotification(row), until: row.until }
    : findKnown(db, event.eventId, text);
}

/** A statement of its own, for only that sees what the rival of the insert has committed. Rows are never deleted. */
async function findKnown(db: Queryable, eventId: string, event: string): Promise<Claim> {
  const { rows } = await db.query<NotificationRow & { is_same: boolean }>({
    name: "find-notification",
    text: `SELECT ${notificationColumns}, event = $2::jsonb AS is_same FROM notifications WHERE event_id = $1`,
    values: [eventId, event],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`The notification of event ${eventId} was there and is gone.`);
  return row.is_same ? { kind: "known", notification: toNotification(row) } : { kind: "otherEvent" };
}
