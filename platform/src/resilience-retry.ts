import { ExponentialBackoff, handleWhen, retry, TaskCancelledError } from "cockatiel";
import { AppError, fromUnknown } from "./errors.ts";

/** How often a read is tried. */
export interface RetryReadOptions {
  /** Calls in all, the first included. */
  attempts: number;
  /** Ends the waiting between two calls. */
  signal?: AbortSignal;
}

/**
 * Repeats a call that changes nothing while its target cannot be reached or does not answer in time, after 100 ms and
 * growing, with jitter. Only for calls outside a saga: inside one, the engine alone decides on another attempt. A call
 * that an open breaker held back is not repeated.
 */
export async function retryRead<T>(fn: () => Promise<T>, { attempts, signal }: RetryReadOptions): Promise<T> {
  const backoff = new ExponentialBackoff({ initialDelay: 100, maxDelay: 2000 });
  const policy = retry(handleWhen(isWorthRepeating), { maxAttempts: attempts - 1, backoff });
  try {
    return await policy.execute(fn, signal);
  } catch (err) {
    if (err instanceof TaskCancelledError) throw new AppError("CANCELLED", "The call was cancelled.", { cause: err });
    throw err;
  }
}

function isWorthRepeating(err: unknown): boolean {
  const { code, reason } = fromUnknown(err);
  if (reason === "CIRCUIT_OPEN") return false;
  return code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED" || code === "ABORTED";
}
