import type { Log } from "@shop/platform/logging";
import type { Transport } from "./transport.ts";

/** A transport that only tells in the log that a message was handed over; neither to whom nor what it says. */
export function createLogTransport(log: Log): Transport {
  return {
    async send({ messageId, about: { eventId, kind, orderId } }) {
      log.info({ messageId, eventId, kind, orderId }, "notification handed over");
    },
  };
}
