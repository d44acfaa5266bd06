import type { Step } from "../definition.ts";
import type { SagaState } from "./saga-state.ts";

/** What is to happen next with a saga. */
export type Action<Data> = CallAction<Data> | WaitAction | WriteAction<Data>;

/** Call a step, or its undo. */
export interface CallAction<Data> {
  readonly kind: "call";
  readonly direction: "do" | "undo";
  readonly step: Step<Data>;
  /** The step's name, or its undo's. */
  readonly name: string;
  readonly attempt: number;
  readonly timeoutMs: number;
}

/** Wait without letting go of the saga, then decide again. */
export interface WaitAction {
  readonly kind: "wait";
  readonly delayMs: number;
}

/** Commit `state` before anything else happens. With `dueInMs` or an end, this owner lets go of the saga. */
export interface WriteAction<Data> {
  readonly kind: "write";
  readonly reason: WriteReason;
  readonly state: SagaState<Data>;
  /** Let go: anyone may claim it after so long (before jitter). */
  readonly dueInMs?: number;
}

/**
 * Why something is written (D1):
 * - `save`: results have been kept in memory for long enough;
 * - `turn`: the decision to turn round, before the first undo;
 * - `confirm`: the arbiter has answered that the pivot will not happen;
 * - `backOff`: the next attempt is a while away;
 * - `park`: the participant cannot be reached for now;
 * - `handOver`: this owner is going away;
 * - `finish`: the end.
 */
export type WriteReason = "save" | "turn" | "confirm" | "backOff" | "park" | "handOver" | "finish";

/** One moment on the two clocks: `ms` decides, `timestamp` is read by people (D5). */
export interface Instant {
  readonly ms: number;
  readonly timestamp: string;
}

/** T2: how long to wait before asking again. */
export const askAgainMs = 100;
/** T2: so often in a row, then it is parked, spending no attempt: a saga that waits for seconds holds no slot. */
export const maxAsks = 100;
/** T1: a call refused for its credentials is made once more, with new ones; then it is parked. */
export const maxRenewals = 2;
/** T3: how long a saga is parked for first, and at most. */
export const firstParkMs = 1000;
export const longestDelayMs = 10_000;
/** D1: how long results are kept in memory only. */
export const saveAfterMs = 1000;

/** U3, T3: the delay before attempt `attempt + 1`, doubled each time and capped. */
export function retryDelay(firstMs: number, attempt: number): number {
  return Math.min(firstMs * 2 ** (attempt - 1), longestDelayMs);
}

/** T3: for how long a saga is parked that has been parked `parks` times in a row on this step. */
export function parkDelay(parks: number): number {
  return Math.min(firstParkMs * 2 ** parks, longestDelayMs);
}
