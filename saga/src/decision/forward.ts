import type { SagaDefinition, Step } from "../definition.ts";
import type { Failure } from "../state.ts";
import {
  type Action,
  askAgainMs,
  type Instant,
  longestDelayMs,
  maxAsks,
  maxRenewals,
  parkDelay,
  retryDelay,
  type WriteAction,
} from "./action.ts";
import { undosLeft } from "./backward.ts";
import { type DeadLetter, withLetter } from "./dead-letter.ts";
import { withEntry } from "./history.ts";
import {
  arbiterNeeded,
  attemptsOf,
  callSettled,
  entryOf,
  isExhausted,
  nextAttempt,
  type SagaState,
} from "./saga-state.ts";

/** Decides for a saga that goes forward (T1 to T4). */
export function nextForward<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  now: Instant,
): Action<Data> {
  const step = definition.steps.find(({ name }) => entryOf(state, name)?.status !== "Completed");
  if (!step) return finish(state);
  if (state.refusal) return turn(definition, state, state.refusal);
  const overdue = isExempt(state, step) ? undefined : overdueReason(definition, state, step, now);
  if (overdue) return turn(definition, giveUp(state, step, overdue, now), overdue);
  return advance(definition, state, step, now);
}

/**
 * Decides for a saga whose pivot has happened by its arbiter's word (U2), whatever is known of it here: what the earlier
 * steps found out and no write has kept is asked for again. They answer as before, from their ledgers, and nothing turns
 * the saga any more (T4).
 */
export function nextOverruled<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  now: Instant,
): Action<Data> {
  const known = pivotKnown(definition, state, now);
  const step = definition.steps.find(({ name }) => entryOf(known, name)?.status !== "Completed");
  return step ? advance(definition, state, step, now) : finish(known);
}

/** The pivot is done by the arbiter's word; U0: what was given up before has been worked off, whoever did it. */
function pivotKnown<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>, now: Instant): SagaState<Data> {
  const pivot = definition.steps.find((step) => step.kind === "pivot");
  if (!pivot) return state;
  const attempt = Math.max(entryOf(state, pivot.name)?.attempt ?? 0, 1);
  const { timestamp } = now;
  const entry = { status: "Completed", message: "known by the arbiter", attempt, timestamp } as const;
  return {
    ...state,
    currentStep: pivot.name,
    history: withEntry(state.history, pivot.name, entry),
    turn: undefined,
    deadLetters: namesOf(definition).reduce(
      (letters, step) => withLetter(letters, { kind: "closed", step, status: "WorkedOff" }),
      state.deadLetters,
    ),
  };
}

function namesOf<Data>({ steps }: SagaDefinition<Data>): readonly string[] {
  return steps.flatMap((step) => (step.kind === "compensable" ? [step.name, step.undoName] : [step.name]));
}

/** Goes on with a step that is not to be given up: by its policy, or because it is not time for that. */
function advance<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  step: Step<Data>,
  now: Instant,
): Action<Data> {
  switch (state.standing) {
    case "ready":
      return call(state, step);
    case "underWay":
      return state.asks < maxAsks ? { kind: "wait", delayMs: askAgainMs } : park(definition, state, step, now);
    case "unauthenticated":
      return state.renewals < maxRenewals ? { kind: "wait", delayMs: askAgainMs } : park(definition, state, step, now);
    case "blocked":
      return park(definition, state, step, now);
    case "unknown":
      return isExhausted(state, step.name, step) ? park(definition, state, step, now) : backOff(state, step);
    default:
      return state.standing satisfies never;
  }
}

function call<Data>(state: SagaState<Data>, step: Step<Data>): Action<Data> {
  const attempt = nextAttempt(state, step.name);
  return { kind: "call", direction: "do", step, name: step.name, attempt, timeoutMs: step.policy.callTimeoutMs };
}

/** T4: once this owner has called the pivot, only its answer counts; and nothing turns what the arbiter has let through. */
function isExempt<Data>(state: SagaState<Data>, step: Step<Data>): boolean {
  return state.turn !== undefined || (step.kind === "pivot" && state.pivotCaller === state.owner);
}

/** T3: why it is time to turn round, if it is. */
function overdueReason<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  step: Step<Data>,
  now: Instant,
): Failure | undefined {
  if (now.ms - state.startedAt >= definition.timeoutMs) {
    const message = `not done within ${definition.timeoutMs} ms${lastKnown(state, step)}`;
    return { code: "SAGA_TIMEOUT", message, step: step.name };
  }
  const limitMs = giveUpTime(definition, step);
  if (state.parkedSince !== undefined && now.ms - state.parkedSince >= limitMs) {
    return { code: "STEP_EXHAUSTED", message: `no answer for ${limitMs} ms${lastKnown(state, step)}`, step: step.name };
  }
  return undefined;
}

function giveUpTime<Data>(definition: SagaDefinition<Data>, step: Step<Data>): number {
  return step.policy.giveUpAfterMs ?? definition.timeoutMs;
}

function lastKnown<Data>(state: SagaState<Data>, step: Step<Data>): string {
  const message = entryOf(state, step.name)?.message;
  return message ? `: ${message}` : "";
}

/** Marks the step as exhausted, where it was called, and keeps its dead letter for inspection (U0). */
function giveUp<Data>(state: SagaState<Data>, step: Step<Data>, failure: Failure, now: Instant): SagaState<Data> {
  const attempts = entryOf(state, step.name)?.attempt ?? 0;
  const isWaiting = attempts > 0 || state.parkedSince !== undefined;
  if (!isWaiting) return state;
  const { code: reason, message } = failure;
  const entry = { status: "Exhausted", message, attempt: attempts, timestamp: now.timestamp } as const;
  const letter = { kind: "left", step: step.name, status: "Kept", reason, attempts, lastError: message } as const;
  return {
    ...state,
    history: attempts > 0 ? withEntry(state.history, step.name, entry) : state.history,
    deadLetters: withLetter(state.deadLetters, letter),
  };
}

/** D1: the turn, durable before the first undo. U4: where nothing is to be undone, it is the end. */
function turn<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>, failure: Failure): WriteAction<Data> {
  const isAwaited = arbiterNeeded(definition, state) !== undefined;
  const turned: SagaState<Data> = {
    ...state,
    status: "Compensating",
    currentStep: failure.step,
    refusal: undefined,
    turn: { failure, verdict: isAwaited ? "awaited" : "confirmed" },
    ...callSettled,
    parks: 0,
    parkedSince: undefined,
    deadLetters: lettersOfTurn(definition, state, failure),
  };
  if (isAwaited || undosLeft(definition, turned).length > 0) return { kind: "write", reason: "turn", state: turned };
  return { kind: "write", reason: "finish", state: { ...turned, status: "Failed" } };
}

/** U0: what was exhausted once has a dead letter, which is kept now. */
function lettersOfTurn<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  failure: Failure,
): readonly DeadLetter[] {
  const step = definition.steps.find(({ name }) => name === failure.step);
  const attempts = entryOf(state, failure.step)?.attempt ?? 0;
  if (!step || attempts <= step.policy.retries) return state.deadLetters;
  return withLetter(state.deadLetters, { kind: "closed", step: step.name, status: "Kept" });
}

function finish<Data>(state: SagaState<Data>): WriteAction<Data> {
  return { kind: "write", reason: "finish", state: { ...state, status: "Completed" } };
}

function backOff<Data>(state: SagaState<Data>, step: Step<Data>): WriteAction<Data> {
  const dueInMs = retryDelay(step.policy.retryDelayMs, attemptsOf(state, step.name));
  return { kind: "write", reason: "backOff", state, dueInMs };
}

/** T3: waits without an owner, but not beyond the moment at which it is to be turned round. */
function park<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  step: Step<Data>,
  now: Instant,
): WriteAction<Data> {
  const parkedSince = state.parkedSince ?? now.ms;
  const turnAt = Math.min(
    parkedSince + giveUpTime(definition, step),
    state.startedAt + definition.timeoutMs,
    now.ms + longestDelayMs,
  );
  const untilTurn = isExempt(state, step) ? longestDelayMs : Math.max(turnAt - now.ms, 0);
  return {
    kind: "write",
    reason: "park",
    state: {
      ...state,
      status: "Parked",
      currentStep: step.name,
      isParked: true,
      parkedSince,
      parks: state.parks + 1,
    },
    dueInMs: Math.min(parkDelay(state.parks), untilTurn),
  };
}
