import type { Queryable } from "@shop/platform/postgres";
import type { Notification } from "../domain/notification.ts";
import { type NotificationRow, notificationColumns, toNotification } from "./notification-row.ts";

/** Which messages to read, the newest first. */
export interface NotificationSlice {
  /** Only those of this order. */
  readonly orderId?: string;
  /** Only those to this user. */
  readonly userId?: string;
  /** The sort keys, see {@link ListedNotification}, of the last one before the slice. */
  readonly after?: readonly string[];
  readonly limit: number;
}

/** A message with its place in the list: the microseconds of its sending, then its event's id. */
export interface ListedNotification {
  readonly notification: Notification;
  readonly keys: readonly [string, string];
}

/** Reads a slice of the messages that were sent. What is sent meanwhile comes before it, and moves nothing in it. */
export async function listNotifications(
  db: Queryable,
  { orderId, userId, after, limit }: NotificationSlice,
): Promise<ListedNotification[]> {
  const filters = [orderId && "order_id = $4", userId && (orderId ? "user_id = $5" : "user_id = $4")].filter(Boolean);
  const [at, eventId] = after ?? [];
  const { rows } = await db.query<NotificationRow & { readonly at: string }>({
    text: `
      SELECT ${notificationColumns}, (extract(epoch FROM sent_at) * 1000000)::bigint AS at
        FROM notifications
       WHERE sent_at IS NOT NULL
         AND (sent_at, event_id) < (
               coalesce(timestamptz 'epoch' + $1::bigint * interval '1 microsecond', 'infinity'),
               coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
         AND ${filters.join(" AND ")}
       ORDER BY sent_at DESC, event_id DESC
       LIMIT $3`,
    values: [at ?? null, eventId ?? null, limit, ...[orderId, userId].filter((id) => id !== undefined)],
  });
  return rows.map((row) => ({ notification: toNotification(row), keys: [row.at, row.event_id] }));
}
