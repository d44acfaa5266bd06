import {
  NotificationKind,
  type Notification as NotificationMessage,
} from "@shop/protos/gen/shop/notifications/v1/notifications";
import type { Notification } from "../domain/notification.ts";

const kinds = {
  COMPLETED: NotificationKind.NOTIFICATION_KIND_COMPLETED,
  CANCELLED: NotificationKind.NOTIFICATION_KIND_CANCELLED,
} as const satisfies Record<Notification["kind"], NotificationKind>;

export function toNotificationMessage(notification: Notification): NotificationMessage {
  const { id, eventId, orderId, userId, kind, message, sentAt } = notification;
  return { id, eventId, orderId, userId, kind: kinds[kind], subject: message.subject, body: message.body, sentAt };
}
