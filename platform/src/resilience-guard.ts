import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  type ICircuitBreakerOptions,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
} from "cockatiel";
import { AppError } from "./errors.ts";
import { isInfrastructureError } from "./resilience-errors.ts";

/** How a breaker stands: calls pass, one call probes, or no call passes. */
export type GuardState = "closed" | "half-open" | "open";

/** When a breaker opens, and when it lets a call through again to see. */
export interface BreakerOptions {
  /** Infrastructure errors in a row that open it; default 5. */
  failures?: number;
  /** Milliseconds until the first probe; default 1,000. Doubles with each probe that fails. */
  halfOpenAfterMs?: number;
  /** The longest time between probes in milliseconds; default 10,000. */
  maxHalfOpenAfterMs?: number;
}

/** What stands between a caller and one target. */
export interface GuardOptions {
  /** The target's name, for messages and the metric's label. */
  target: string;
  /** The longest one call may take, in milliseconds; then it is DEADLINE_EXCEEDED and its signal is aborted. */
  timeoutMs: number;
  breaker?: BreakerOptions;
  /** Calls at once, and how many more may wait; without it there is no limit. */
  bulkhead?: { limit: number; queue: number };
  /** Told each change of the breaker's state, and the first state. */
  onState?(state: GuardState): void;
}

/** Timeout, breaker and bulkhead of one target, composed once. It never repeats a call. */
export interface Guard {
  /**
   * Runs `fn` with a signal that is aborted when its time is up or the caller's signal is. UNAVAILABLE with reason
   * CIRCUIT_OPEN or BULKHEAD_FULL means that `fn` was not called.
   */
  run<T>(fn: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Claims that a call made now would be refused unsent: the breaker is open, or its one probe is under way. */
  isOpen(): boolean;
  /** Tells when the breaker closes again. The answer takes the listener off. */
  onClose(listener: () => void): () => void;
  close(): void;
}

/** Creates the guard of one target: bulkhead outside, so that what waited there meets the breaker as it stands then. */
export function createGuard(options: GuardOptions): Guard {
  const { target, timeoutMs } = options;
  const reopening = { at: 0 };
  const breaker = circuitBreaker(handleWhen(isInfrastructureError), breakerOptions(options.breaker ?? {}, reopening));
  const limit = options.bulkhead && bulkhead(options.bulkhead.limit, options.bulkhead.queue);
  const timer = timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
  const subscription = breaker.onStateChange((state) => options.onState?.(stateName(state)));
  options.onState?.("closed");

  const isOpen = () => isRefusing(breaker, reopening.at);

  function timed<T>(fn: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return timer
      .execute((ctx) => fn(ctx.signal), signal)
      .catch((err: unknown) => {
        throw translate(err, target, signal);
      });
  }

  function guarded<T>(fn: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (isOpen()) throw circuitOpen(target);
    return breaker.execute(() => timed(fn, signal));
  }

  return {
    async run(fn, signal) {
      try {
        return await (limit ? limit.execute(() => guarded(fn, signal), signal) : guarded(fn, signal));
      } catch (err) {
        throw translate(err, target, signal);
      }
    },
    isOpen,
    onClose(listener) {
      const listening = breaker.onReset(listener);
      return () => listening.dispose();
    },
    close: () => subscription.dispose(),
  };
}

function breakerOptions(options: BreakerOptions, reopening: { at: number }): ICircuitBreakerOptions {
  const { failures = 5, halfOpenAfterMs = 1000, maxHalfOpenAfterMs = 10_000 } = options;
  const halfOpenAfter = new DelegateBackoff(({ attempt }: { attempt: number }) => {
    const delay = Math.min(maxHalfOpenAfterMs, halfOpenAfterMs * 2 ** (attempt - 1));
    reopening.at = Date.now() + delay;
    return delay;
  });
  return { halfOpenAfter, breaker: new ConsecutiveBreaker(failures) };
}

function isRefusing(breaker: CircuitBreakerPolicy, reopensAt: number): boolean {
  if (breaker.state === CircuitState.Open) return Date.now() < reopensAt;
  return breaker.state === CircuitState.HalfOpen;
}

function stateName(state: CircuitState): GuardState {
  switch (state) {
    case CircuitState.Closed:
      return "closed";
    case CircuitState.HalfOpen:
      return "half-open";
    case CircuitState.Open:
    case CircuitState.Isolated:
      return "open";
    default:
      return state satisfies never;
  }
}

/** cockatiel's own errors in our words; every other error stays what it is. */
function translate(err: unknown, target: string, signal?: AbortSignal): unknown {
  if (err instanceof BrokenCircuitError) return circuitOpen(target);
  if (err instanceof BulkheadRejectedError) {
    return new AppError("UNAVAILABLE", `Too many calls to ${target} are waiting.`, { reason: "BULKHEAD_FULL" });
  }
  if (err instanceof TaskCancelledError) {
    return signal?.aborted
      ? new AppError("CANCELLED", `The call to ${target} was cancelled.`)
      : new AppError("DEADLINE_EXCEEDED", `${target} did not answer in time.`);
  }
  return err;
}

function circuitOpen(target: string): AppError {
  return new AppError("UNAVAILABLE", `${target} is failing; calls to it are held back.`, { reason: "CIRCUIT_OPEN" });
}
