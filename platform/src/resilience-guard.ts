import { BrokenCircuitError, BulkheadRejectedError, bulkhead, TaskCancelledError } from "cockatiel";
import { AppError, fromUnknown } from "./errors.ts";
import { type BreakerOptions, createBreaker, type GuardState } from "./resilience-breaker.ts";
import { whyAborted } from "./resilience-errors.ts";

/** What stands between a caller and one target. */
export interface GuardOptions {
  /** The target's name, for messages and the metric's label. */
  target: string;
  /**
   * The longest one call may take, in milliseconds; then it is DEADLINE_EXCEEDED and its signal is aborted. Absent where
   * every call ends by itself, at a deadline of its own and when its caller's signal is aborted: each limit costs a call a
   * timer, a signal and a listener.
   */
  timeoutMs?: number;
  breaker?: BreakerOptions;
  /** Calls at once, and how many more may wait; without it there is no limit. */
  bulkhead?: { limit: number; queue: number };
  /** Told each change of the breaker's state, and the first state. */
  onState?(state: GuardState): void;
}

type Guarded<T> = (signal: AbortSignal) => Promise<T>;

/** Timeout, breaker and bulkhead of one target, composed once. It never repeats a call. */
export interface Guard {
  /**
   * Runs `fn` with a signal that is aborted when its time is up or the caller's signal is; without a limit of time, with
   * the caller's signal. UNAVAILABLE with reason
   * CIRCUIT_OPEN or BULKHEAD_FULL means that `fn` was not called. A caller's abort is DEADLINE_EXCEEDED, and counts
   * against the target, where its reason is a TimeoutError; any other is CANCELLED and proves nothing.
   */
  run<T>(fn: Guarded<T>, signal?: AbortSignal): Promise<T>;
  /** Claims that a call made now would be refused unsent: the breaker is open, or its one probe is under way. */
  isOpen(): boolean;
  /** Tells when the breaker closes again. The answer takes the listener off. */
  onClose(listener: () => void): () => void;
  close(): void;
}

const neverAborted = new AbortController().signal;

/** Creates the guard of one target: bulkhead outside, so that what waited there meets the breaker as it stands then. */
export function createGuard(options: GuardOptions): Guard {
  const { target, timeoutMs } = options;
  const breaker = createBreaker(options.breaker);
  const limit = options.bulkhead && bulkhead(options.bulkhead.limit, options.bulkhead.queue);
  const stopTelling = breaker.onState((state) => options.onState?.(state));
  options.onState?.("closed");

  /** Not by cockatiel's timeout, which takes several times as many promises and listeners: every call passes here. */
  async function timed<T>(fn: Guarded<T>, limitMs: number, signal?: AbortSignal): Promise<T> {
    const limited = new AbortController();
    const ended = Promise.withResolvers<never>();
    const giveUp = (): void => {
      limited.abort(signal?.reason);
      ended.reject(signal?.aborted ? whyAborted(signal) : tooLate(target));
    };
    const timer = setTimeout(giveUp, limitMs);
    signal?.addEventListener("abort", giveUp);
    try {
      return await Promise.race([fn(limited.signal), ended.promise]);
    } catch (err) {
      if (!limited.signal.aborted || fromUnknown(err).code !== "CANCELLED") throw err;
      throw signal?.aborted ? whyAborted(signal, err) : tooLate(target, err);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
    }
  }

  function guarded<T>(fn: Guarded<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw whyAborted(signal);
    if (breaker.isOpen()) throw circuitOpen(target);
    return breaker.run(() => (timeoutMs === undefined ? untimed(fn, signal) : timed(fn, timeoutMs, signal)), signal);
  }

  return {
    async run(fn, signal) {
      try {
        return await (limit ? limit.execute(() => guarded(fn, signal), signal) : guarded(fn, signal));
      } catch (err) {
        throw translate(err, target, signal);
      }
    },
    isOpen: () => breaker.isOpen(),
    onClose: (listener) => breaker.onClose(listener),
    close: () => stopTelling(),
  };
}

/** One that its caller gave up says so in its own words, or is told why. */
async function untimed<T>(fn: Guarded<T>, signal: AbortSignal = neverAborted): Promise<T> {
  try {
    return await fn(signal);
  } catch (err) {
    if (!signal.aborted || fromUnknown(err).code !== "CANCELLED") throw err;
    throw whyAborted(signal, err);
  }
}

/** cockatiel's own errors in our words; every other error stays what it is. */
function translate(err: unknown, target: string, signal?: AbortSignal): unknown {
  if (err instanceof BrokenCircuitError) return circuitOpen(target);
  if (err instanceof BulkheadRejectedError) {
    return new AppError("UNAVAILABLE", `Too many calls to ${target} are waiting.`, { reason: "BULKHEAD_FULL" });
  }
  // It was given up while it waited in the bulkhead.
  if (err instanceof TaskCancelledError) return whyAborted(signal, err);
  return err;
}

function tooLate(target: string, cause?: unknown): AppError {
  return new AppError("DEADLINE_EXCEEDED", `${target} did not answer in time.`, { cause });
}

function circuitOpen(target: string): AppError {
  return new AppError("UNAVAILABLE", `${target} is failing; calls to it are held back.`, { reason: "CIRCUIT_OPEN" });
}
