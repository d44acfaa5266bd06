import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";
import type { Subscribers } from "../clients/subscribers.ts";
import type { Config } from "../config.ts";
import type { Database } from "../store/database.ts";
import { outboxBacklog } from "../store/outbox-backlog.ts";
import { createOutboxCleaner } from "./outbox-cleaner.ts";
import { createOutboxRelay, type OutboxRelay, type OutboxRelayOptions } from "./outbox-relay.ts";
import { createRelayEvents } from "./relay-events.ts";
import { usualDelays } from "./relay-policy.ts";

/** What the jobs on the outbox stand on. */
export interface OutboxJobsOptions extends Pick<OutboxRelayOptions, "pool" | "records" | "steps"> {
  readonly config: Config["outbox"];
  readonly subscribers: Pick<Subscribers, "fresh" | "tried">;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Reads the backlog for the metrics. */
  readonly readPool: Database;
}

/** Creates what works on the outbox: the relay, and the cleaner behind it. */
export function createOutboxJobs({ config, metrics, log, readPool, ...relayOptions }: OutboxJobsOptions): OutboxRelay {
  const events = createRelayEvents(metrics, log, () => outboxBacklog(readPool));
  const policy = { ...usualDelays, maxFaults: config.maxFaults, retryDelayMs: config.retryDelayMs };
  const relay = createOutboxRelay({ ...relayOptions, events, policy, callsAtOnce: config.callsAtOnce });
  const cleaner = createOutboxCleaner({ pool: relayOptions.pool, keepMs: config.keepSentMs, events });
  return {
    start() {
      relay.start();
      cleaner.start();
    },
    wake: relay.wake,
    async close(drainMs) {
      await Promise.all([relay.close(drainMs), cleaner.close()]);
    },
  };
}
