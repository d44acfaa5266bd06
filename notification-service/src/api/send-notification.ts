import type { Rpc } from "@shop/platform/grpc-server";
import type {
  SendNotificationRequest,
  SendNotificationResponse,
} from "@shop/protos/gen/shop/notifications/v1/notifications";
import { toNotificationMessage } from "./messages.ts";
import { parseOrderEvent } from "./parse-order-event.ts";
import { send } from "./send.ts";
import type { ServiceParts } from "./service-parts.ts";

export function sendNotificationRpc(parts: ServiceParts): Rpc<SendNotificationRequest, SendNotificationResponse> {
  return {
    access: { service: "notifications" },
    async handle({ event }, { signal }) {
      const sent = await send(parts, parseOrderEvent("COMPLETED", event), signal);
      return { notification: toNotificationMessage(sent) };
    },
  };
}
