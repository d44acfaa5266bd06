import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";
import { countedAtMost, type OutboxBacklog } from "../store/outbox-backlog.ts";
import type { Settlement } from "../store/settle-events.ts";

/** What happens to events on their way out, told once to the metrics and the log together. */
export interface RelayEvents {
  /** It is written what has become of an event. */
  settled(settlement: Settlement): void;
  /** The outbox could not be read or written; it is tried again. */
  outboxFailed(operation: string, err: unknown): void;
  /** What has become of this event cannot be told in its saga; the outbox alone was told. */
  sagaNotTold(settlement: Settlement, err: unknown): void;
  /** Old events were deleted. */
  deleted(count: number): void;
}

/** Declares the metrics; `backlog` is asked whenever they are read. */
export function createRelayEvents(metrics: Metrics, log: Log, backlog: () => Promise<OutboxBacklog>): RelayEvents {
  const sent = metrics.counter({ name: "outbox_sent_total", help: "Events sent." });
  const failures = metrics.counter({
    name: "outbox_failures_total",
    help: "Calls for an event that did not succeed: a fault counts towards giving it up, an absence does not.",
    labels: ["kind"],
  });
  const poisoned = metrics.counter({ name: "outbox_poisoned_total", help: "Events given up: each has a dead letter." });
  for (const kind of ["fault", "absence"]) failures.inc({ kind }, 0);
  watchBacklog(metrics, backlog);

  return {
    settled(settlement) {
      const { kind, event } = settlement;
      const { sagaId, orderId } = event;
      const fields = { sagaId, orderId, name: event.type, attempt: event.attempts + 1 };
      switch (kind) {
        case "sent":
          sent.inc();
          return log.debug(fields, "event sent");
        case "retry":
          failures.inc({ kind: settlement.isFault ? "fault" : "absence" });
          return log.info({ ...fields, delayMs: settlement.delayMs }, "event not sent");
        case "poisoned":
          poisoned.inc();
          return log.error({ ...fields, reason: settlement.reason }, "event given up");
        case "released":
          return;
        default:
          return settlement satisfies never;
      }
    },
    outboxFailed(operation, err) {
      log.error({ name: operation, err }, "outbox failed; trying again");
    },
    sagaNotTold({ event: { sagaId, orderId, type } }, err) {
      log.error({ sagaId, orderId, name: type, err }, "saga not told of its event");
    },
    deleted(count) {
      if (count > 0) log.info({ count }, "old events deleted");
    },
  };
}

/** One question for both gauges; NaN while the database cannot be asked. */
function watchBacklog(metrics: Metrics, read: () => Promise<OutboxBacklog>): void {
  let asked: Promise<OutboxBacklog> | undefined;
  const backlog = (): Promise<OutboxBacklog> => {
    asked ??= read()
      .catch(() => ({ unsent: Number.NaN, oldestSeconds: Number.NaN }))
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  metrics.gauge({
    name: "outbox_unsent",
    help: `Events that wait to be sent, counted up to ${countedAtMost} for each queue; NaN while it cannot be told.`,
    collect: async () => (await backlog()).unsent,
  });
  metrics.gauge({
    name: "outbox_oldest_unsent_seconds",
    help: "How old the oldest event is that waits to be sent; NaN while it cannot be told.",
    collect: async () => (await backlog()).oldestSeconds,
  });
}
