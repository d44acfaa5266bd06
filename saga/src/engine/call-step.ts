import type { CallAction } from "../decision/action.ts";
import type { SagaState } from "../decision/saga-state.ts";
import type { ArbiterOutcome, StepCall, StepOutcome } from "../outcome.ts";
import type { Clock } from "../ports.ts";
import { faultOfPatch } from "./patch-fault.ts";

/** Any answer of a step or an undo. */
export type Outcome<Data> = StepOutcome<Data> | ArbiterOutcome;

/** A call on its way. */
export interface PendingCall<Data> {
  /** Never rejects: a throw is an unknown outcome, and so is no answer in time. */
  readonly outcome: Promise<Outcome<Data>>;
  /** Gives the answer up now. */
  abort(): void;
}

/**
 * Calls a step or its undo. A participant that never answers, or a step that ignores its signal, holds nobody up. The
 * signal's reason is a TimeoutError where the participant had its time, so that whoever counts its failures can tell that
 * from an owner that gave up.
 */
export function callStep<Data>(clock: Clock, state: SagaState<Data>, action: CallAction<Data>): PendingCall<Data> {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Outcome<Data>>();
  const giveUp = (message: string, reason?: DOMException): void => {
    resolve({ kind: "unknown", message });
    controller.abort(reason);
  };
  const timeOut = (): void => {
    const message = `no answer within ${action.timeoutMs} ms`;
    giveUp(message, new DOMException(message, "TimeoutError"));
  };
  const cancelTimer = clock.schedule(action.timeoutMs, timeOut);
  const call: StepCall = {
    sagaId: state.id,
    key: state.key,
    attempt: action.attempt,
    timeoutMs: action.timeoutMs,
    signal: controller.signal,
  };
  const answer = (outcome: Outcome<Data>): void => {
    cancelTimer();
    resolve(outcome);
  };
  invoke(state, action, call).then(answer, (err: unknown) => answer({ kind: "unknown", message: messageOf(err) }));
  return { outcome: promise, abort: () => giveUp("given up by its owner") };
}

async function invoke<Data>(
  state: SagaState<Data>,
  { step, direction }: CallAction<Data>,
  call: StepCall,
): Promise<Outcome<Data>> {
  if (direction === "do") return storable(step.name, await step.do(state.data, call));
  if (step.kind === "compensable") return step.undo(state.data, call);
  throw new TypeError(`step ${step.name} has no undo`);
}

/** A patch that the journal cannot hold would make every later write of the saga fail: it is no answer. */
function storable<Data>(step: string, outcome: StepOutcome<Data>): StepOutcome<Data> {
  const fault = outcome.kind === "done" ? faultOfPatch(outcome.patch) : undefined;
  return fault ? { kind: "unknown", message: `${step} answered what cannot be kept: ${fault}` } : outcome;
}

function messageOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
