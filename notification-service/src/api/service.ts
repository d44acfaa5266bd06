import type { RpcTable } from "@shop/platform/grpc-server";
import type { NotificationServiceService } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { listNotificationsRpc } from "./list-notifications.ts";
import { sendCancellationRpc } from "./send-cancellation.ts";
import { sendNotificationRpc } from "./send-notification.ts";
import type { ServiceParts } from "./service-parts.ts";

/** Every RPC of shop.notifications.v1.NotificationService. */
export function notificationRpcs(parts: ServiceParts): RpcTable<typeof NotificationServiceService> {
  return {
    sendNotification: sendNotificationRpc(parts),
    sendCancellation: sendCancellationRpc(parts),
    listNotifications: listNotificationsRpc(parts),
  };
}
