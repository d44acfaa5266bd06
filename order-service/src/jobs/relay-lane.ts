import { runWithCorrelation } from "@shop/platform/correlation";
import { AppError } from "@shop/platform/errors";
import type { Clock } from "@shop/saga";
import type { Delivery, Subscriber } from "../clients/notifications-client.ts";
import type { ClaimedEvent } from "../store/claim-events.ts";
import type { Settlement } from "../store/settle-events.ts";

/** One queue's way to the subscriber. */
export interface RelayLane {
  /** Looks for events to send, now. Cheap where it is looking already, or nothing may be sent. */
  wake(): void;
  /** Claims nothing more, lets calls end for `drainMs`, then gives them up; their events are released. */
  close(drainMs: number): Promise<void>;
}

export interface RelayLaneOptions {
  /** So many events may be on their way at once: claimed, and not yet settled. */
  readonly slots: number;
  /** The least time between two claims, and two settlings, that are not worth half of the slots. Default 20. */
  readonly paceMs?: number;
  readonly subscriber: Subscriber;
  readonly clock: Clock;
  claim(limit: number): Promise<readonly ClaimedEvent[]>;
  settlementOf(event: ClaimedEvent, delivery: Delivery): Settlement;
  /** Writes what has become of events; repeated until it succeeds. */
  settle(settlements: readonly Settlement[]): Promise<void>;
  outboxFailed(operation: string, err: unknown): void;
}

const defaultPaceMs = 20;
const settleRetryMs = 500;
/** For how long what was given up may take to be released. */
const releaseMs = 2000;

/**
 * Sends the events of one queue.
 *
 * Owns: how many are claimed and when, which calls are under way, that every claim is settled.
 * Does not own: what a call's end means (`settlementOf`), whether calling makes sense (the subscriber), what is durable
 * (the store).
 *
 * Invariants: no transaction is open while a call is; no event is claimed that is not called at once, so that a claim
 * lasts no longer than a call and its settling. What comes alone goes at once; what comes close behind gathers for a
 * moment, and is claimed and settled together.
 */
export function createRelayLane(options: RelayLaneOptions): RelayLane {
  const { slots, subscriber, clock, paceMs = defaultPaceMs } = options;
  const givenUp = new AbortController();
  let held = 0;
  let isClaiming = false;
  let isSettling = false;
  let isClosing = false;
  /** Somebody asked while a claim was under way, or the last claim was full: there may be more. */
  let mayBeMore = false;
  let claimedAt = Number.NEGATIVE_INFINITY;
  let cancelWake: (() => void) | undefined;
  let settlements: Settlement[] = [];
  let whenIdle: () => void = () => undefined;

  function wake(): void {
    if (isClosing || cancelWake !== undefined) return;
    const waitMs = claimedAt + paceMs - clock.now();
    if (waitMs <= 0) return void pump();
    cancelWake = clock.schedule(waitMs, () => {
      cancelWake = undefined;
      void pump();
    });
  }

  async function pump(): Promise<void> {
    if (isClaiming || isClosing) {
      mayBeMore = true;
      return;
    }
    isClaiming = true;
    try {
      do {
        mayBeMore = false;
        await claimOnce();
      } while (mayBeMore && !isClosing && hasRoom());
    } catch (err) {
      options.outboxFailed("claim", err);
    } finally {
      isClaiming = false;
      reportIdle();
    }
  }

  async function claimOnce(): Promise<void> {
    if (!hasRoom()) {
      mayBeMore = true;
      return;
    }
    const limit = subscriber.room(slots - held);
    if (limit === 0) return;
    claimedAt = clock.now();
    const events = await options.claim(limit);
    held += events.length;
    for (const event of events) void send(event);
    if (events.length === limit) mayBeMore = true;
  }

  function hasRoom(): boolean {
    return slots - held >= slots / 2;
  }

  async function send(claimed: ClaimedEvent): Promise<void> {
    const { event, correlationId = claimed.sagaId, traceparent } = claimed;
    const delivery =
      event === undefined
        ? unreadable
        : await runWithCorrelation({ correlationId, traceparent }, () => subscriber.deliver(event, givenUp.signal));
    settlements.push(options.settlementOf(claimed, delivery));
    await settleAll();
  }

  async function settleAll(): Promise<void> {
    if (isSettling) return;
    isSettling = true;
    while (settlements.length > 0) {
      const batch = settlements;
      settlements = [];
      await settleUntilDone(batch);
      held -= batch.length;
      if (mayBeMore) void pump();
      if (paceMs > 0 && settlements.length > 0 && settlements.length < slots / 2) await pause(paceMs);
    }
    isSettling = false;
    reportIdle();
  }

  /** What is never settled, because this process ends first, is claimed again when its claim is over. */
  async function settleUntilDone(batch: readonly Settlement[]): Promise<void> {
    for (;;) {
      try {
        return await options.settle(batch);
      } catch (err) {
        options.outboxFailed("settle", err);
        if (givenUp.signal.aborted) return;
        await pause(settleRetryMs);
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.schedule(ms, resolve);
    const end = (): void => resolve();
    givenUp.signal.addEventListener("abort", end);
    try {
      await promise;
    } finally {
      cancel();
      givenUp.signal.removeEventListener("abort", end);
    }
  }

  function isIdle(): boolean {
    return held === 0 && !isClaiming;
  }

  function reportIdle(): void {
    if (isIdle()) whenIdle();
  }

  async function idleWithin(limitMs: number): Promise<void> {
    if (isIdle()) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.schedule(limitMs, resolve);
      whenIdle = () => {
        cancel();
        resolve();
      };
    });
  }

  return {
    wake,
    async close(drainMs) {
      isClosing = true;
      cancelWake?.();
      await idleWithin(drainMs);
      givenUp.abort(new AppError("CANCELLED", "The relay is closing."));
      await idleWithin(releaseMs);
    },
  };
}

const unreadable: Delivery = {
  kind: "refused",
  error: new AppError("INTERNAL", "The outbox's row cannot be read as an event.", { reason: "UNREADABLE" }),
};
