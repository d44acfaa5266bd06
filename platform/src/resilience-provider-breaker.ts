import CircuitBreaker from "opossum";
import { AppError } from "./errors.ts";
import type { GuardState } from "./resilience-breaker.ts";
import { isInfrastructureError } from "./resilience-errors.ts";
import type { Guard } from "./resilience-guard.ts";

/** What stands between a service and a provider outside the house. */
export interface ProviderBreakerOptions {
  /** The provider's name, for messages and the metric's label. */
  target: string;
  /** The longest one call may take, in milliseconds; then it is DEADLINE_EXCEEDED and its signal is aborted. */
  timeoutMs: number;
  /** Calls within the last 10 s below which it never opens; default 5. */
  volumeThreshold?: number;
  /** The share of failed calls within the last 10 s that opens it, in percent; default 50. */
  errorThresholdPercentage?: number;
  /** Milliseconds until a call is let through again to see; default 5,000. */
  resetTimeoutMs?: number;
  /** Told each change of the breaker's state, and the first state. */
  onState?(state: GuardState): void;
}

/** Creates the guard of a provider: opossum's breaker, which opens on a share of failures rather than a row of them. */
export function createProviderBreaker(options: ProviderBreakerOptions): Guard {
  const { target } = options;
  const breaker = new CircuitBreaker(attempt, {
    name: target,
    timeout: options.timeoutMs,
    volumeThreshold: options.volumeThreshold ?? 5,
    errorThresholdPercentage: options.errorThresholdPercentage ?? 50,
    resetTimeout: options.resetTimeoutMs ?? 5000,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (err: unknown) => !isInfrastructureError(err),
  });
  breaker.on("open", () => options.onState?.("open"));
  breaker.on("halfOpen", () => options.onState?.("half-open"));
  breaker.on("close", () => options.onState?.("closed"));
  options.onState?.("closed");

  return {
    async run<T>(fn: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
      if (signal?.aborted) throw new AppError("CANCELLED", `The call to ${target} was cancelled.`);
      const controller = new AbortController();
      const abort = () => controller.abort(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      try {
        return (await breaker.fire(fn, controller.signal)) as T;
      } catch (err) {
        throw translate(err, target);
      } finally {
        // A call that timed out still runs; one that has ended takes no notice.
        controller.abort();
        signal?.removeEventListener("abort", abort);
      }
    },
    isOpen: () => !breaker.closed && !breaker.pendingClose,
    onClose(listener) {
      breaker.on("close", listener);
      return () => breaker.off("close", listener);
    },
    close: () => breaker.shutdown(),
  };
}

function attempt(fn: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return fn(signal);
}

/** opossum's own errors in our words; every other error stays what it is. */
function translate(err: unknown, target: string): unknown {
  if (!(err instanceof Error) || !CircuitBreaker.isOurError(err) || !("code" in err)) return err;
  if (err.code === "ETIMEDOUT") return new AppError("DEADLINE_EXCEEDED", `${target} did not answer in time.`);
  return new AppError("UNAVAILABLE", `${target} is failing; calls to it are held back.`, { reason: "CIRCUIT_OPEN" });
}
