import { type Clock, type Random, systemClock, systemRandom } from "@shop/saga";
import type { Delivery, Subscriber } from "../clients/notifications-client.ts";
import { type ClaimedEvent, claimEvents, type Queue } from "../store/claim-events.ts";
import type { Database } from "../store/database.ts";
import { type SendingRecords, type Settlement, settleEvents } from "../store/settle-events.ts";
import { createAbsences } from "./absences.ts";
import type { RelayEvents } from "./relay-events.ts";
import { createRelayLane, type RelayLane } from "./relay-lane.ts";
import { type RelayPolicy, settlementOf } from "./relay-policy.ts";

/** Sends what the orders' transactions have left in the outbox. */
export interface OutboxRelay {
  /** Begins to look for events: at once, and then every second. */
  start(): void;
  /** Something was committed in this process, or the subscriber is back: looks at once. */
  wake(): void;
  /** Ends within `drainMs` and a little; what could not be sent is released for other processes. */
  close(drainMs: number): Promise<void>;
}

export interface OutboxRelayOptions {
  readonly pool: Database;
  readonly subscribers: Readonly<Record<Queue, Subscriber>>;
  readonly records: SendingRecords["sagas"];
  readonly steps: SendingRecords["steps"];
  readonly policy: RelayPolicy;
  readonly events: RelayEvents;
  /** So many calls at once. */
  readonly callsAtOnce: number;
  /** For how long an event is this process's own, in milliseconds: longer than a call and its settling. Default 15,000. */
  readonly claimMs?: number;
  /** What comes closer together is claimed and settled together. Default 20. */
  readonly paceMs?: number;
  readonly clock?: Clock;
  readonly random?: Pick<Random, "fraction">;
}

/** What others have committed, and what has become due, is found within this time. */
const pollMs = 1000;
const defaultClaimMs = 15_000;
/** The part of the calls that goes to events which failed before, so that those which did not are never kept waiting. */
const partForTried = 1 / 8;

/**
 * Creates the relay. Every process has one; they share the work by claims. Each event is delivered at least once, and
 * its subscriber knows it by its id.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { pool, policy, events, claimMs = defaultClaimMs, clock = systemClock, random = systemRandom } = options;
  const records: SendingRecords = { sagas: options.records, steps: options.steps, timestamp: () => clock.timestamp() };
  const slots = { fresh: options.callsAtOnce, tried: Math.max(1, Math.floor(options.callsAtOnce * partForTried)) };
  const absences = createAbsences();
  let stopPolling: (() => void) | undefined;

  /** A receiver that is away for one event alone is that event's fault. */
  function judged({ eventId }: ClaimedEvent, delivery: Delivery): Delivery {
    if (delivery.kind === "done") absences.taken(eventId);
    if (delivery.kind !== "away" || !absences.isOwnFault(eventId)) return delivery;
    return { kind: "failed", error: delivery.error };
  }

  async function settle(settlements: readonly Settlement[]): Promise<void> {
    await settleEvents(pool, records, settlements, events.sagaNotTold);
    for (const settlement of settlements) events.settled(settlement);
  }

  function lane(queue: Queue): RelayLane {
    return createRelayLane({
      slots: slots[queue],
      paceMs: options.paceMs,
      subscriber: options.subscribers[queue],
      clock,
      claim: (limit) => claimEvents(pool, queue, { limit, claimMs }),
      settlementOf: (event, delivery) => settlementOf(event, judged(event, delivery), policy, random.fraction()),
      settle,
      outboxFailed: events.outboxFailed,
    });
  }

  const fresh = lane("fresh");
  const tried = lane("tried");

  function poll(): void {
    fresh.wake();
    tried.wake();
    stopPolling = clock.schedule(pollMs, poll);
  }

  return {
    start: poll,
    wake: () => fresh.wake(),
    async close(drainMs) {
      stopPolling?.();
      await Promise.all([fresh.close(drainMs), tried.close(drainMs)]);
    },
  };
}
