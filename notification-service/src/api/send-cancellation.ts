import type { Rpc } from "@shop/platform/grpc-server";
import type {
  SendCancellationRequest,
  SendCancellationResponse,
} from "@shop/protos/gen/shop/notifications/v1/notifications";
import { toNotificationMessage } from "./messages.ts";
import { parseOrderEvent } from "./parse-order-event.ts";
import { send } from "./send.ts";
import type { ServiceParts } from "./service-parts.ts";

export function sendCancellationRpc(parts: ServiceParts): Rpc<SendCancellationRequest, SendCancellationResponse> {
  return {
    access: { service: "notifications" },
    async handle({ event }, { signal }) {
      const sent = await send(parts, parseOrderEvent("CANCELLED", event), signal);
      return { notification: toNotificationMessage(sent) };
    },
  };
}
