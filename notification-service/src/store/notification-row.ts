import type { Notification } from "../domain/notification.ts";

/** The columns of a notification, for a SELECT or RETURNING. */
export const notificationColumns = "event_id, id, order_id, user_id, kind, subject, body, status, sent_at";

/** A row of `notificationColumns`. */
export interface NotificationRow {
  event_id: string;
  id: string;
  order_id: string;
  user_id: string;
  kind: Notification["kind"];
  subject: string;
  body: string;
  status: Notification["status"];
  sent_at: Date | null;
}

/** The row as the domain knows it. */
export function toNotification(row: NotificationRow): Notification {
  return {
    id: row.id,
    eventId: row.event_id,
    orderId: row.order_id,
    userId: row.user_id,
    kind: row.kind,
    message: { subject: row.subject, body: row.body },
    status: row.status,
    sentAt: row.sent_at ?? undefined,
  };
}
