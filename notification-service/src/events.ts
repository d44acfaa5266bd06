import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";
import type { Notification } from "./domain/notification.ts";

/** What happens to messages, told once to the metrics and the log together. Repeats of a request do not count. */
export interface NotificationEvents {
  /** A message was handed over, and that is recorded. */
  notificationSent(notification: Notification): void;
  /** A message has nobody to be sent to. */
  notificationUndeliverable(notification: Notification): void;
  /** A message could not be handed over; it is to be tried again. */
  notificationFailed(notification: Notification, err: unknown): void;
}

/** The fields of the log lines beside those that every service has. Names, addresses and texts are not among them. */
export const logFields = ["eventId", "kind", "messageId"];

/** Declares the metrics, which stand at 0 from now on. */
export function createEvents({ metrics, log }: { metrics: Metrics; log: Log }): NotificationEvents {
  const labels = ["kind"];
  const sent = metrics.counter({ name: "notifications_sent_total", help: "Messages sent.", labels });
  const undeliverable = metrics.counter({
    name: "notifications_undeliverable_total",
    help: "Messages to users that do not exist any more, or have no e-mail address.",
    labels,
  });
  const failed = metrics.counter({
    name: "notifications_failed_total",
    help: "Tries to send a message that did not succeed and may be repeated.",
    labels,
  });
  for (const counter of [sent, undeliverable, failed]) {
    for (const kind of ["COMPLETED", "CANCELLED"] as const) counter.inc({ kind }, 0);
  }
  return {
    notificationSent({ eventId, kind, orderId }) {
      sent.inc({ kind });
      log.debug({ eventId, kind, orderId }, "notification sent");
    },
    notificationUndeliverable({ eventId, kind, orderId }) {
      undeliverable.inc({ kind });
      log.warn({ eventId, kind, orderId }, "notification has no recipient");
    },
    notificationFailed({ eventId, kind, orderId }, err) {
      failed.inc({ kind });
      log.warn({ eventId, kind, orderId, err }, "notification not sent");
    },
  };
}
