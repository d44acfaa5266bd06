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
import {
  arbiterNeeded,
  attemptsOf,
  isExhausted,
  mayHaveHappened,
  nextAttempt,
  type SagaState,
  type Turn,
} from "./saga-state.ts";

/** Decides for a saga that has been turned round and goes back (U1 to U4). */
export function nextBackward<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  turn: Turn & { readonly verdict: "awaited" | "confirmed" },
  now: Instant,
): Action<Data> {
  switch (turn.verdict) {
    case "awaited": {
      const arbiter = arbiterOf(definition, state);
      if (arbiter && !state.undone.includes(arbiter.name)) return pursue(state, arbiter, now);
      return { kind: "write", reason: "confirm", state: { ...state, turn: { ...turn, verdict: "confirmed" } } };
    }
    case "confirmed": {
      const step = undosLeft(definition, state)[0];
      return step
        ? pursue(state, step, now)
        : { kind: "write", reason: "finish", state: { ...state, status: "Compensated" } };
    }
    default:
      return turn.verdict satisfies never;
  }
}

/** U1: what is still to be undone, in reverse order (U2), but for what an operator has undone by hand (O5). */
export function undosLeft<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
): readonly CompensableStep<Data>[] {
  return definition.steps
    .filter((step) => step.kind === "compensable")
    .filter((step) => mayHaveHappened(state, step) && !state.undone.includes(step.name))
    .filter((step) => !state.resolved?.includes(step.name))
    .reverse();
}

function arbiterOf<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>): CompensableStep<Data> | undefined {
  const name = arbiterNeeded(definition, state);
  return definition.steps.filter((step) => step.kind === "compensable").find((step) => step.name === name);
}

/** U3: an undo is retried for ever, with capped delay, and never dropped. */
function pursue<Data>(state: SagaState<Data>, step: CompensableStep<Data>, now: Instant): Action<Data> {
  const { retryDelayMs, callTimeoutMs } = step.policy;
  const isBackingOff = state.standing === "unknown" && !isExhausted(state, step.undoName, step);
  const letGo = (dueInMs: number): WriteAction<Data> => {
    const parks = state.standing === "unknown" ? 0 : state.parks + 1;
    const waiting: SagaState<Data> = { ...state, currentStep: step.undoName, parks };
    if (isBackingOff) return { kind: "write", reason: "backOff", state: waiting, dueInMs };
    const parked = { ...waiting, isParked: true, parkedSince: state.parkedSince ?? now.ms };
    return { kind: "write", reason: "park", state: parked, dueInMs };
  };
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
      return letGo(retryDelay(retryDelayMs, attemptsOf(state, step.undoName)));
    default:
      return state.standing satisfies never;
  }
}
