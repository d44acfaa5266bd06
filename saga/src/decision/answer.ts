import type { ArbiterOutcome, StepOutcome } from "../outcome.ts";
import type { CallAction, Instant } from "./action.ts";
import { type DeadLetter, withLetter } from "./dead-letter.ts";
import { cleanMessage, withEntry } from "./history.ts";
import { callSettled, entryOf, isExhausted, type SagaState } from "./saga-state.ts";

/**
 * The state while a call is on its way: from here on it may have happened. An owner that lets go of the saga in the
 * middle of the call hands over this state (U1).
 */
export function sent<Data>(state: SagaState<Data>, call: CallAction<Data>, now: Instant): SagaState<Data> {
  const { name, attempt, step } = call;
  const message = entryOf(state, name)?.message ?? "";
  const common: SagaState<Data> = {
    ...state,
    currentStep: name,
    history: withEntry(state.history, name, { status: "Running", message, attempt, timestamp: now.timestamp }),
    standing: "unknown",
    isParked: undefined,
    isUnsaved: true,
  };
  if (call.direction === "undo") return common;
  return {
    ...common,
    status: "InProgress",
    calls: { ...state.calls, [name]: (state.calls[name] ?? 0) + 1 },
    pivotCaller: step.kind === "pivot" ? state.owner : state.pivotCaller,
  };
}

/** The state after a call that was not sent: as `before` it, waiting for its participant (T3). */
export function blocked<Data>(before: SagaState<Data>, call: CallAction<Data>): SagaState<Data> {
  return { ...before, currentStep: call.name, standing: "blocked" };
}

/** The state after the answer to a step's `do`; `state` is that of `sent`. */
export function answered<Data>(
  state: SagaState<Data>,
  call: CallAction<Data>,
  outcome: Exclude<StepOutcome<Data>, { kind: "blocked" }>,
  now: Instant,
): SagaState<Data> {
  switch (outcome.kind) {
    case "done":
      return { ...completed(state, call, outcome.message ?? "", now), data: merged(state.data, outcome.patch) };
    case "refused":
      return state.turn
        ? unanswered(state, call, `a refusal that cannot be, for the pivot has happened: ${outcome.message}`, now)
        : refused(state, call, outcome, now);
    case "underWay":
      return { ...state, standing: "underWay", asks: state.asks + 1, isUnspent: true };
    case "unauthenticated":
      return { ...state, standing: "unauthenticated", renewals: state.renewals + 1, isUnspent: true };
    case "unknown":
      return unanswered(state, call, outcome.message, now);
    default:
      return outcome satisfies never;
  }
}

/** The state after the answer to an undo; `state` is that of `sent`. */
export function undoAnswered<Data>(
  state: SagaState<Data>,
  call: CallAction<Data>,
  outcome: Exclude<ArbiterOutcome, { kind: "blocked" }>,
  now: Instant,
): SagaState<Data> {
  switch (outcome.kind) {
    case "done":
      return undone(state, call, completed(state, call, outcome.message ?? "", now));
    case "committed":
      return overruled(state, call, now);
    case "underWay":
      return { ...state, standing: "underWay", asks: state.asks + 1, isUnspent: true };
    case "unauthenticated":
      return { ...state, standing: "unauthenticated", renewals: state.renewals + 1, isUnspent: true };
    case "unknown":
      return unanswered(state, call, outcome.message, now);
    default:
      return outcome satisfies never;
  }
}

/** The state when a wait is over. */
export function resumed<Data>(state: SagaState<Data>): SagaState<Data> {
  return { ...state, standing: "ready" };
}

/** The state after it has been written. */
export function saved<Data>(state: SagaState<Data>, nowMs: number): SagaState<Data> {
  return { ...state, isUnsaved: false, savedAt: nowMs, deadLetters: [] };
}

function completed<Data>(
  state: SagaState<Data>,
  call: CallAction<Data>,
  message: string,
  now: Instant,
): SagaState<Data> {
  const entry = { status: "Completed", message: cleanMessage(message), ...at(call, now) } as const;
  return {
    ...state,
    history: withEntry(state.history, call.name, entry),
    ...callSettled,
    parks: 0,
    parkedSince: undefined,
    deadLetters: workedOff(state, call),
  };
}

/** What it waits for after an undo that was done before, it has waited for all along. */
function undone<Data>(before: SagaState<Data>, { step }: CallAction<Data>, done: SagaState<Data>): SagaState<Data> {
  const { parks, parkedSince } = before.undoneBefore?.includes(step.name) ? before : done;
  return { ...done, undone: [...before.undone, step.name], parks, parkedSince };
}

function merged<Data>(data: Data, patch: Partial<Data> | undefined): Data {
  return patch === undefined ? data : { ...data, ...patch };
}

function refused<Data>(
  state: SagaState<Data>,
  call: CallAction<Data>,
  refusal: { readonly code: string; readonly message: string },
  now: Instant,
): SagaState<Data> {
  const message = cleanMessage(refusal.message);
  return {
    ...state,
    history: withEntry(state.history, call.name, { status: "Refused", message, ...at(call, now) }),
    refusal: { code: cleanMessage(refusal.code), message, step: call.name },
    ...callSettled,
  };
}

/** U2: only an arbiter that is asked for its word may overrule the turn; from any other undo this means nothing. */
function overruled<Data>(state: SagaState<Data>, call: CallAction<Data>, now: Instant): SagaState<Data> {
  if (state.turn?.verdict !== "awaited") {
    return unanswered(state, call, "claims a commit that cannot have happened", now);
  }
  const entry = { status: "Refused", message: "the pivot has happened", ...at(call, now) } as const;
  return {
    ...state,
    history: withEntry(state.history, call.name, entry),
    turn: { ...state.turn, verdict: "overruled" },
    ...callSettled,
    parks: 0,
    parkedSince: undefined,
  };
}

/** It may have happened; U0: out of retries, it leaves a dead letter. */
function unanswered<Data>(state: SagaState<Data>, call: CallAction<Data>, said: string, now: Instant): SagaState<Data> {
  const message = cleanMessage(said);
  const isOut = isExhausted(state, call.name, call.step);
  const letter: DeadLetter = {
    kind: "left",
    step: call.name,
    status: "Open",
    reason: "STEP_EXHAUSTED",
    attempts: call.attempt,
    lastError: message,
  };
  return {
    ...state,
    history: withEntry(state.history, call.name, {
      status: isOut ? "Exhausted" : "Running",
      message,
      ...at(call, now),
    }),
    ...callSettled,
    standing: "unknown",
    deadLetters: isOut ? withLetter(state.deadLetters, letter) : state.deadLetters,
  };
}

function at<Data>(call: CallAction<Data>, now: Instant): { attempt: number; timestamp: string } {
  return { attempt: call.attempt, timestamp: now.timestamp };
}

/** U0: what may have been exhausted once has a dead letter, which this answer closes. */
function workedOff<Data>(state: SagaState<Data>, { name, attempt, step }: CallAction<Data>): readonly DeadLetter[] {
  if (attempt <= step.policy.retries + 1) return state.deadLetters;
  return withLetter(state.deadLetters, { kind: "closed", step: name, status: "WorkedOff" });
}
