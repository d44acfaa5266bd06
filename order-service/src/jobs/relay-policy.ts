import type { Delivery } from "../clients/notifications-client.ts";
import type { ClaimedEvent } from "../store/claim-events.ts";
import type { Settlement } from "../store/settle-events.ts";

/** How patient the relay is with an event; durations in milliseconds. */
export interface RelayPolicy {
  /** After so many calls that its receiver answered with an error, or took others instead, an event is given up. */
  readonly maxFaults: number;
  /** The delay after the first call that did not succeed, at most; each further one is twice as long. */
  readonly retryDelayMs: number;
  /** The longest delay after a fault. */
  readonly maxRetryDelayMs: number;
  /** The longest delay while the receiver is away. */
  readonly maxAwayDelayMs: number;
}

/** What one process is told of events beside how often they may fail. */
export const usualDelays = { maxRetryDelayMs: 300_000, maxAwayDelayMs: 10_000 };

/**
 * What becomes of an event after its call. A receiver that is away is not the event's fault: only answers count towards
 * giving it up, and a refusal does so at once. `fraction`, 0 <= x < 1, spreads the delay over its second half.
 */
export function settlementOf(
  event: ClaimedEvent,
  delivery: Delivery,
  policy: RelayPolicy,
  fraction: number,
): Settlement {
  const delayMs = (failures: number, longestMs: number): number =>
    Math.min(longestMs, policy.retryDelayMs * 2 ** Math.min(failures, 30)) * (0.5 + fraction / 2);
  switch (delivery.kind) {
    case "done":
      return { event, kind: "sent" };
    case "unsent":
      return { event, kind: "released" };
    case "refused":
      return { event, kind: "poisoned", reason: reasonOf(delivery.error), error: textOf(delivery.error) };
    case "failed": {
      const error = textOf(delivery.error);
      if (event.faults + 1 >= policy.maxFaults) {
        return { event, kind: "poisoned", reason: reasonOf(delivery.error), error };
      }
      return { event, kind: "retry", isFault: true, delayMs: delayMs(event.faults, policy.maxRetryDelayMs), error };
    }
    case "away": {
      const awayFor = event.attempts - event.faults;
      const error = textOf(delivery.error);
      return { event, kind: "retry", isFault: false, delayMs: delayMs(awayFor, policy.maxAwayDelayMs), error };
    }
    default:
      return delivery satisfies never;
  }
}

function reasonOf({ reason, code }: { readonly reason?: string; readonly code: string }): string {
  return reason ?? code;
}

/** Fit for the database: no NUL, no half characters, not too long. */
function textOf(error: { readonly code: string; readonly message: string }): string {
  return `${error.code}: ${error.message}`.slice(0, 500).replaceAll("\0", "").toWellFormed();
}
