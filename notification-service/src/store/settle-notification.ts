import type { Queryable } from "@shop/platform/postgres";
import type { Notification } from "../domain/notification.ts";
import { type NotificationRow, notificationColumns, toNotification } from "./notification-row.ts";

/** What stands recorded now, and whether it came to be so by this call. */
export interface Settled {
  readonly notification: Notification;
  readonly isNew: boolean;
}

/** Records that the transport has taken the message, whoever holds its claim. */
export function markSent(db: Queryable, eventId: string): Promise<Settled> {
  return settle(db, eventId, "SENT");
}

/** Records that there is nobody to send the message to. One that was sent stays so. */
export function markUndeliverable(db: Queryable, eventId: string): Promise<Settled> {
  return settle(db, eventId, "UNDELIVERABLE");
}

/**
 * Ends the claim that runs `until` then early, so that the next caller need not wait until it is over. The claim of
 * another who has come since stays.
 */
export async function releaseClaim(db: Queryable, eventId: string, until: string): Promise<void> {
  await db.query({
    name: "release-claim",
    text: `UPDATE notifications SET claimed_until = now()
            WHERE event_id = $1 AND status = 'PENDING' AND claimed_until = $2::timestamptz`,
    values: [eventId, until],
  });
}

async function settle(db: Queryable, eventId: string, status: "SENT" | "UNDELIVERABLE"): Promise<Settled> {
  const { rows } = await db.query<NotificationRow & { is_new: boolean }>({
    name: "settle-notification",
    text: `
      UPDATE notifications
         SET status = CASE status WHEN 'PENDING' THEN $2 ELSE status END,
             sent_at = CASE WHEN status = 'PENDING' AND $2 = 'SENT' THEN now() ELSE sent_at END
       WHERE event_id = $1
      RETURNING ${notificationColumns}, old.status = 'PENDING' AS is_new`,
    values: [eventId, status],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`The notification of event ${eventId} was claimed and is gone.`);
  return { notification: toNotification(row), isNew: row.is_new };
}
