import { validationFailed } from "@shop/platform/errors";
import type { Rpc } from "@shop/platform/grpc-server";
import { microsecondsKey, type Page, parsePage, uuidKey } from "@shop/platform/paging";
import { collectViolations } from "@shop/platform/validation";
import type {
  ListNotificationsRequest,
  ListNotificationsResponse,
} from "@shop/protos/gen/shop/notifications/v1/notifications";
import { listNotifications } from "../store/list-notifications.ts";
import { toNotificationMessage } from "./messages.ts";
import type { ServiceParts } from "./service-parts.ts";

export function listNotificationsRpc({
  database,
}: ServiceParts): Rpc<ListNotificationsRequest, ListNotificationsResponse> {
  return {
    access: { user: ["operator", "Admin"] },
    async handle(request) {
      const { orderId, userId, page } = parseListNotifications(request);
      const { limit, after } = page;
      const listed = await listNotifications(database, { orderId, userId, limit, after });
      const { rows, nextPageToken } = page.cut(listed, ({ keys }) => keys);
      return { notifications: rows.map(({ notification }) => toNotificationMessage(notification)), nextPageToken };
    },
  };
}

/** Whose messages are asked for, and which page of them; all faults of the request are told together. */
function parseListNotifications(request: ListNotificationsRequest): {
  readonly orderId?: string;
  readonly userId?: string;
  readonly page: Page;
} {
  const violations = collectViolations();
  const orderId = request.orderId === "" ? undefined : violations.uuid("order_id", request.orderId);
  const userId = request.userId === "" ? undefined : violations.uuid("user_id", request.userId);
  if (orderId === undefined && userId === undefined) violations.add("order_id", "is required, unless user_id is given");
  const list = { filter: ["notifications", orderId ?? "", userId ?? ""], keys: [microsecondsKey, uuidKey] };
  const page = parsePage(request, list, violations);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { orderId, userId, page };
}
