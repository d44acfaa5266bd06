import type { CompensableStep, SagaDefinition } from "../definition.ts";
import {
  type Action,
  askAgainMs,
  type Instant,
  maxAsks,
  maxRenewals,
  parkDelay,
  retryDelay,
  type WriteAction,
} from "./action.ts";
import { withEntry } from "./history.ts";
import {
  arbiterNeeded,
  entryOf,
  isExhausted,
  mayHaveHappened,
  nextAttempt,
  type SagaState,
  type Turn,
} from "./saga-state.ts";

/** Decides for a saga that has been turned round (U1 to U4). */
export function nextBackward<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  turn: Turn,
  now: Instant,
): Action<Data> {
  switch (turn.verdict) {
    case "overruled":
      return goForward(definition, state, now);
    case "awaited": {
      const arbiter = arbiterOf(definition, state);
      if (arbiter && !state.undone.includes(arbiter.name)) return pursue(state, arbiter);
      return { kind: "write", reason: "confirm", state: { ...state, turn: { ...turn, verdict: "confirmed" } } };
    }
    case "confirmed": {
      const step = undosLeft(definition, state)[0];
      return step
        ? pursue(state, step)
        : { kind: "write", reason: "finish", state: { ...state, status: "Compensated" } };
    }
    default:
      return turn.verdict satisfies never;
  }
}

/** U1: what is still to be undone, in reverse order (U2). */
export function undosLeft<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
): readonly CompensableStep<Data>[] {
  return definition.steps
    .filter((step) => step.kind === "compensable")
    .filter((step) => mayHaveHappened(state, step) && !state.undone.includes(step.name))
    .reverse();
}

function arbiterOf<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>): CompensableStep<Data> | undefined {
  const name = arbiterNeeded(definition, state);
  return definition.steps.filter((step) => step.kind === "compensable").find((step) => step.name === name);
}

/** U2: the pivot has happened after all, whatever is known of it here. */
function goForward<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>, now: Instant): WriteAction<Data> {
  const { timestamp } = now;
  const history = definition.steps.reduce((entries, { name }) => {
    const entry = entryOf(state, name);
    if (entry?.status === "Completed") return entries;
    const attempt = Math.max(entry?.attempt ?? 0, 1);
    return withEntry(entries, name, { status: "Completed", message: "known by the arbiter", attempt, timestamp });
  }, state.history);
  const currentStep = definition.steps.at(-1)?.name ?? state.currentStep;
  return {
    kind: "write",
    reason: "finish",
    state: { ...state, status: "Completed", currentStep, history, turn: undefined },
  };
}

/** U3: an undo is retried for ever, with capped delay, and never dropped. */
function pursue<Data>(state: SagaState<Data>, step: CompensableStep<Data>): Action<Data> {
  const attempt = entryOf(state, step.undoName)?.attempt ?? 0;
  const { retryDelayMs, callTimeoutMs } = step.policy;
  const isBackingOff = state.standing === "unknown" && !isExhausted(state, step.undoName, step);
  const letGo = (dueInMs: number): WriteAction<Data> => ({
    kind: "write",
    reason: isBackingOff ? "backOff" : "park",
    state: { ...state, currentStep: step.undoName, parks: state.standing === "unknown" ? 0 : state.parks + 1 },
    dueInMs,
  });
  switch (state.standing) {
    case "ready":
      return {
        kind: "call",
        direction: "undo",
        step,
        name: step.undoName,
        attempt: nextAttempt(state, step.undoName),
        timeoutMs: callTimeoutMs,
      };
    case "underWay":
      return state.asks < maxAsks ? { kind: "wait", delayMs: askAgainMs } : letGo(parkDelay(state.parks));
    case "unauthenticated":
      return state.renewals < maxRenewals ? { kind: "wait", delayMs: askAgainMs } : letGo(parkDelay(state.parks));
    case "blocked":
      return letGo(parkDelay(state.parks));
    case "unknown":
      return letGo(retryDelay(retryDelayMs, attempt));
    default:
      return state.standing satisfies never;
  }
}
