import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
  type ICircuitBreakerOptions,
} from "cockatiel";
import { type Proof, proofOf } from "./resilience-errors.ts";

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

/** A breaker that counts what the end of a call proves. */
export interface Breaker {
  /** Runs `fn`, or throws cockatiel's BrokenCircuitError. `signal` is the one that the caller may give up with. */
  run<T>(fn: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Claims that a call made now would be refused: the breaker is open, or its one probe is under way. */
  isOpen(): boolean;
  /** Tells when it closes again. The answer takes the listener off. */
  onClose(listener: () => void): () => void;
  /** Tells each change of its state. The answer takes the listener off. */
  onState(listener: (state: GuardState) => void): () => void;
}

/**
 * Creates a breaker: cockatiel's, which knows success and failure only and takes an error that it need not handle for
 * nothing while closed and for a success when probing.
 *
 * Invariants:
 * - B1 it opens after so many failures in a row; any answer, a refusal too, ends the row; a call that proves nothing
 *   leaves the row as it is;
 * - B2 of a probe, an answer closes it and a failure opens it for twice as long; after a probe that proves nothing the
 *   next call probes;
 * - B3 a failure counts only against the state that the call began in: what comes back late moves nothing;
 * - B4 failures with one and the same cause are one failure: what breaks a batch of calls fails all of them.
 */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const reopening = { at: 0 };
  const policy = circuitBreaker(handleWhen(isHandled), policyOptions(options, reopening));
  const counted = new WeakSet<object>();
  let changes = 0;
  policy.onStateChange(() => changes++);

  async function observed<T>(fn: () => Promise<T>, signal?: AbortSignal): Promise<() => T> {
    const begunAfter = changes;
    const isProbe = policy.state === CircuitState.HalfOpen;
    try {
      const value = await fn();
      return () => value;
    } catch (err) {
      const proof = proofOf(err, signal);
      if (proof === "answers") return () => rethrow(err);
      throw new Unanswered(err, changes === begunAfter && isFirstOf(err, counted) ? proof : "nothing", isProbe);
    }
  }

  return {
    async run(fn, signal) {
      const outcome = await policy.execute(() => observed(fn, signal)).catch((err: unknown) => rethrow(unwrapped(err)));
      return outcome();
    },
    isOpen: () => isRefusing(policy, reopening.at),
    onClose(listener) {
      const listening = policy.onReset(listener);
      return () => listening.dispose();
    },
    onState(listener) {
      const listening = policy.onStateChange((state) => listener(stateName(state)));
      return () => listening.dispose();
    },
  };
}

/** Carries past cockatiel what a call without an answer proves. */
class Unanswered extends Error {
  readonly proof: Proof;
  readonly isProbe: boolean;

  constructor(cause: unknown, proof: Proof, isProbe: boolean) {
    super("no answer", { cause });
    this.proof = proof;
    this.isProbe = isProbe;
  }
}

/** B1, B2: a failure counts; a probe that proves nothing may not pass for a success, so that it opens the breaker too. */
function isHandled(err: unknown): boolean {
  return err instanceof Unanswered && (err.proof === "fails" || err.isProbe);
}

/** B4: claims that no other error with this one's cause was seen before. */
function isFirstOf(err: unknown, counted: WeakSet<object>): boolean {
  const cause = err instanceof Error ? err.cause : undefined;
  if (typeof cause !== "object" || cause === null) return true;
  if (counted.has(cause)) return false;
  counted.add(cause);
  return true;
}

function unwrapped(err: unknown): unknown {
  return err instanceof Unanswered ? err.cause : err;
}

function rethrow(err: unknown): never {
  throw err;
}

type Failed = { readonly result: { readonly error: unknown } | { readonly value: unknown } };

function policyOptions(options: BreakerOptions, reopening: { at: number }): ICircuitBreakerOptions {
  const { failures = 5, halfOpenAfterMs = 1000, maxHalfOpenAfterMs = 10_000 } = options;
  const halfOpenAfter = new DelegateBackoff<Failed, number>(({ result }, openForMs) => {
    const isProven = !("error" in result && result.error instanceof Unanswered && result.error.proof === "nothing");
    const doubled = openForMs === undefined ? halfOpenAfterMs : Math.min(maxHalfOpenAfterMs, openForMs * 2);
    const state = isProven || openForMs === undefined ? doubled : openForMs;
    const delay = isProven ? state : 0;
    reopening.at = Date.now() + delay;
    return { delay, state };
  });
  return { halfOpenAfter, breaker: new ConsecutiveBreaker(failures) };
}

function isRefusing(policy: CircuitBreakerPolicy, reopensAt: number): boolean {
  if (policy.state === CircuitState.Open) return Date.now() < reopensAt;
  return policy.state === CircuitState.HalfOpen;
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
