/** How many calls may be cancelled, at once and in the long run. */
export interface CancelLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * Half of what a gRPC server bears: a connection on which more than 1,000 calls at once, or 33 a second, are cancelled is
 * closed by nghttp2 as an attack (rapid reset), with everybody's calls on it.
 */
const usualLimits: CancelLimits = { burst: 500, perSecond: 16 };

const RETRY_MS = 100;

/** Lets calls be cancelled while there are not too many. */
export interface CancelBudget {
  /** Cancels now, or not at all: for a call that comes to its end soon. */
  cancelIfAllowed(cancel: () => void): void;
  /** Cancels now, or as soon as it is allowed: for a call that does not end by itself. */
  cancelSoon(cancel: () => void): void;
}

/** Creates a budget that fills up with time. */
export function createCancelBudget(
  { burst, perSecond }: CancelLimits = usualLimits,
  now: () => number = () => performance.now(),
): CancelBudget {
  let left = burst;
  let filledAt = now();

  function take(): boolean {
    left = Math.min(burst, left + ((now() - filledAt) / 1000) * perSecond);
    filledAt = now();
    if (left < 1) return false;
    left -= 1;
    return true;
  }

  function cancelSoon(cancel: () => void): void {
    if (take()) cancel();
    else setTimeout(cancelSoon, RETRY_MS, cancel).unref();
  }

  return {
    cancelIfAllowed(cancel) {
      if (take()) cancel();
    },
    cancelSoon,
  };
}

/** All calls of this process go over the same few connections. */
export const cancelBudget = createCancelBudget();
