import type { CallAction, WriteAction } from "../decision/action.ts";
import { certainFailure, isExhausted, type SagaState } from "../decision/saga-state.ts";
import type { Observer } from "../observer.ts";
import type { Outcome } from "./call-step.ts";

/** Tells what came of a call. */
export function reportAnswer<Data>(
  observe: Observer,
  state: SagaState<Data>,
  action: CallAction<Data>,
  outcome: Outcome<Data>,
  durationMs: number,
): void {
  const { direction, name: step, attempt } = action;
  const saga = { sagaId: state.id, key: state.key };
  const message = "message" in outcome ? outcome.message : undefined;
  const reason = outcome.kind === "refused" ? outcome.code : undefined;
  observe({ kind: "called", direction, step, attempt, result: outcome.kind, reason, message, durationMs, ...saga });
  if (direction === "undo" && outcome.kind === "done") {
    observe({ kind: "compensated", step, reason: state.turn?.failure.code ?? "", ...saga });
  }
  if (outcome.kind === "unknown" && isExhausted(state, step, action.step)) {
    observe({ kind: "exhausted", direction, step, attempts: attempt, message: outcome.message, ...saga });
  }
}

/** Tells what has become durable. */
export function reportWrite<Data>(observe: Observer, { reason, state }: WriteAction<Data>, nowMs: number): void {
  const saga = { sagaId: state.id, key: state.key };
  switch (reason) {
    case "turn":
      reportTurn(observe, state);
      return;
    case "park":
      observe({ kind: "parked", step: state.currentStep, ...saga });
      return;
    case "finish": {
      const { status, turn, startedAt } = state;
      // U4: where nothing is to be undone, the turn is the end.
      if (status === "Failed") reportTurn(observe, state);
      observe({ kind: "finished", status, failure: certainFailure(turn), durationMs: nowMs - startedAt, ...saga });
      return;
    }
    case "save":
    case "confirm":
    case "backOff":
    case "handOver":
      return;
    default:
      reason satisfies never;
  }
}

function reportTurn<Data>(observe: Observer, { id: sagaId, key, turn }: SagaState<Data>): void {
  if (!turn) return;
  observe({ kind: "turned", failure: turn.failure, awaitsArbiter: turn.verdict === "awaited", sagaId, key });
}
