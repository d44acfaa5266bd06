import type { SagaDefinition, Step } from "../definition.ts";
import { type Failure, type HistoryEntry, isFinal, type SagaSnapshot, type SagaStatus } from "../state.ts";
import type { DeadLetter } from "./dead-letter.ts";

/** Everything that `next` decides from: the journal's row, and what this owner knows since. Never mutated. */
export interface SagaState<Data> extends Durable {
  readonly id: string;
  readonly key: string;
  readonly status: SagaStatus;
  readonly currentStep: string;
  readonly history: readonly HistoryEntry[];
  readonly data: Data;
  /** True while every earlier owner ended in a committed park or hand-over (U1). */
  readonly clean: boolean;
  /** Who is running it. */
  readonly owner: string;
  /** Monotonic time of the intent's commit. */
  readonly startedAt: number;
  /** Monotonic time since which it has been parked on the step it is at. */
  readonly parkedSince?: number;
  /** What came of the last call. */
  readonly standing: Standing;
  /** How often in a row the last call was answered to be under way (T2). */
  readonly asks: number;
  /** How often in a row the last call was refused for its credentials (T1). */
  readonly renewals: number;
  /** True where something is known that is not in the journal. */
  readonly isUnsaved: boolean;
  /** Monotonic time of the last write. */
  readonly savedAt: number;
  /** True from the write that parks it until it is called again. */
  readonly isParked?: boolean;
  /** The names of the steps that an earlier owner had undone: doing that again (U2) is no progress. */
  readonly undoneBefore?: readonly string[];
  /** What has changed among its dead letters since the last write (U0). */
  readonly deadLetters: readonly DeadLetter[];
}

/**
 * What came of the last call:
 *
 * - `ready`: nothing stands in the way of the next one;
 * - `unknown`: it may have happened; leaves to `ready` when its delay is over;
 * - `underWay`, `unauthenticated`: to be asked again under the same attempt;
 * - `blocked`: it was not sent.
 */
export type Standing = "ready" | "unknown" | "underWay" | "unauthenticated" | "blocked";

/** What of the state is durable beside the snapshot; stored as JSON in the column `progress`. */
export interface Durable {
  /** How often each step's `do` has been sent. Undos are not counted: nothing depends on it. */
  readonly calls: Readonly<Record<string, number>>;
  /** The names of the steps whose undo is certain, as far as this owner knows. */
  readonly undone: readonly string[];
  /** The names of the steps whose undo an operator has done by hand: they are not undone again, whoever runs it (O5). */
  readonly resolved?: readonly string[];
  /** The attempts that a step or undo had when an operator asked for it to be retried: they count no more (O5). */
  readonly retriedFrom?: Readonly<Record<string, number>>;
  /** How often in a row it was parked on the step it is at. */
  readonly parks: number;
  /** True where the last call was answered without spending its attempt: the next one keeps its number (T1, T2). */
  readonly isUnspent?: boolean;
  /** A definite no, or an operator's, that has not turned the saga yet. */
  readonly refusal?: Failure;
  readonly turn?: Turn;
  /** Who has called the pivot last (T4). */
  readonly pivotCaller?: string;
}

/** The decision to turn round. */
export interface Turn {
  readonly failure: Failure;
  readonly verdict: Verdict;
}

/**
 * What is known of the pivot:
 *
 * - `awaited`: it may have been sent, and its arbiter has not answered (U2);
 * - `confirmed`: it has not happened and will not;
 * - `overruled`: it has happened: go forward.
 */
export type Verdict = "awaited" | "confirmed" | "overruled";

/** The journal's form of the durable state: who wrote it, and what it knew. */
export interface Progress extends Durable {
  readonly writer: string;
}

/** The state of a saga whose intent `owner` has just committed. */
export function startedState<Data>(
  intent: { readonly sagaId: string; readonly key: string; readonly data: Data },
  owner: string,
  nowMs: number,
): SagaState<Data> {
  return {
    id: intent.sagaId,
    key: intent.key,
    status: "Started",
    currentStep: "",
    history: [],
    data: intent.data,
    clean: true,
    owner,
    startedAt: nowMs,
    calls: {},
    undone: [],
    parks: 0,
    ...afresh(nowMs),
  };
}

/** The state of a saga that `owner` has taken over. */
export function claimedState<Data>(
  claimed: {
    readonly saga: SagaSnapshot<Data>;
    readonly progress: Progress;
    readonly clean: boolean;
    readonly ageMs: number;
    readonly parkedForMs?: number;
  },
  owner: string,
  nowMs: number,
): SagaState<Data> {
  const { writer, ...durable } = claimed.progress;
  const { id, key, status, currentStep, history, data } = claimed.saga;
  return {
    id,
    key,
    status,
    currentStep,
    history,
    data,
    ...durable,
    // U2: a saga that changes hands undoes everything again.
    undone: claimed.clean && writer === owner ? durable.undone : [],
    undoneBefore: durable.undone,
    clean: claimed.clean,
    owner,
    startedAt: nowMs - claimed.ageMs,
    parkedSince: claimed.parkedForMs === undefined ? undefined : nowMs - claimed.parkedForMs,
    ...afresh(nowMs),
  };
}

/** What an owner knows when it begins: nothing but the journal. */
function afresh(nowMs: number): Pick<SagaState<never>, "isUnsaved" | "savedAt" | "deadLetters"> & typeof noCallOpen {
  return { ...noCallOpen, isUnsaved: false, savedAt: nowMs, deadLetters: [] };
}

/** Where no call is to be made again: of what is not called yet, or was answered. */
const noCallOpen = { standing: "ready", asks: 0, renewals: 0 } as const;

/** What the state takes on with an answer that is not to be asked for again. */
export const callSettled = { ...noCallOpen, isUnspent: undefined } as const;

/** The part of the state that is the service's business. */
export function snapshotOf<Data>(state: SagaState<Data>): SagaSnapshot<Data> {
  const { id, key, status, currentStep, history, data, turn, isParked } = state;
  return { id, key, status, currentStep, history, data, failure: certainFailure(turn), isParked };
}

/** The failure as it may be told: not before the arbiter has answered (U2, U4). */
export function certainFailure(turn: Turn | undefined): Failure | undefined {
  return turn?.verdict === "confirmed" ? turn.failure : undefined;
}

/** The part of the state that the journal keeps beside the snapshot. */
export function progressOf<Data>(state: SagaState<Data>): Progress {
  const { calls, undone, resolved, retriedFrom, parks, isUnspent, refusal, turn, pivotCaller, owner } = state;
  return { calls, undone, resolved, retriedFrom, parks, isUnspent, refusal, turn, pivotCaller, writer: owner };
}

/** The entry of a step or an undo, if it has been called. */
export function entryOf<Data>(state: SagaState<Data>, name: string): HistoryEntry | undefined {
  return state.history.find((entry) => entry.step === name);
}

/** The number of the next call, from 1: what is asked again keeps its own (T2), another undo than that one has none yet. */
export function nextAttempt<Data>(state: SagaState<Data>, name: string): number {
  const entry = entryOf(state, name);
  return entry ? entry.attempt + (state.isUnspent ? 0 : 1) : 1;
}

/** The attempts that count against a step's or an undo's retries: those since an operator last asked for more (O5). */
export function attemptsOf<Data>(state: SagaState<Data>, name: string): number {
  return (entryOf(state, name)?.attempt ?? 0) - (state.retriedFrom?.[name] ?? 0);
}

/** T3: true where a step or an undo has had its first call and all its retries. */
export function isExhausted<Data>(state: SagaState<Data>, name: string, step: Step<Data>): boolean {
  return attemptsOf(state, name) > step.policy.retries;
}

/** U1: true where the step's effect may exist or may still come. */
export function mayHaveHappened<Data>(state: SagaState<Data>, step: Step<Data>): boolean {
  if (!state.clean) return true;
  const calls = state.calls[step.name] ?? 0;
  const refusedAtItsOnlyCall = calls === 1 && entryOf(state, step.name)?.status === "Refused";
  return calls > 0 && !refusedAtItsOnlyCall;
}

/** U2: the step whose undo tells whether the pivot has happened; undefined where the pivot was certainly not sent. */
export function arbiterNeeded<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>): string | undefined {
  const pivot = definition.steps.find((step) => step.kind === "pivot");
  if (!pivot) return undefined;
  return !state.clean || (state.calls[pivot.name] ?? 0) > 0 ? pivot.arbiter : undefined;
}

/** True where the saga has ended. */
export function hasEnded<Data>(state: SagaState<Data>): boolean {
  return isFinal(state.status);
}
