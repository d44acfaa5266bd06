import { type CompensableStep, operatorEntries, type SagaDefinition } from "../definition.ts";
import { undosLeft } from "./backward.ts";
import { withLetter } from "./dead-letter.ts";
import { cleanMessage, withEntry } from "./history.ts";
import { entryOf, hasEnded, type SagaState } from "./saga-state.ts";

/** Who acts on a saga by hand, and why. Both stand in the saga's history, so neither may hold a secret. */
export interface Operator {
  /** Such as the token's subject. */
  readonly actor: string;
  /** For a person. */
  readonly reason: string;
}

/** What an operator asks for (O5). */
export type Intervention =
  | { readonly kind: "retry" }
  | { readonly kind: "compensate" }
  | { readonly kind: "resolve"; readonly undoName: string };

/** What is to be durable of it, or why the rules do not allow it. */
export type InterventionOutcome<Data> =
  | { readonly kind: "allowed"; readonly state: SagaState<Data> }
  | { readonly kind: "ended" }
  | { readonly kind: "compensating" }
  | { readonly kind: "impossible"; readonly reason: string };

/** The code of a failure that an operator has asked for. */
const cancelled = "CANCELLED_BY_OPERATOR";

/**
 * O5: what an operator's wish makes of a saga as the journal has it. Pure, like `next`, which does the rest when the saga is
 * claimed: this only writes down what `next` is to know, so no rule can be got round by it.
 */
export function intervene<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  intervention: Intervention,
  by: Operator,
  timestamp: string,
): InterventionOutcome<Data> {
  if (hasEnded(state)) return { kind: "ended" };
  const outcome = decide(definition, state, intervention, timestamp);
  return outcome.kind === "allowed"
    ? { kind: "allowed", state: signed(outcome.state, intervention, by, timestamp) }
    : outcome;
}

function decide<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  intervention: Intervention,
  timestamp: string,
): InterventionOutcome<Data> {
  switch (intervention.kind) {
    case "retry":
      return { kind: "allowed", state: retried(state) };
    case "compensate":
      return compensate(definition, state, timestamp);
    case "resolve":
      return resolve(definition, state, intervention.undoName, timestamp);
    default:
      return intervention satisfies never;
  }
}

/** All attempts and the give-up time afresh; the saga's timeout goes on, for reservations do not wait any longer. */
function retried<Data>(state: SagaState<Data>): SagaState<Data> {
  const unfinished = state.history.filter(({ status }) => status !== "Completed");
  const used = unfinished.map(({ step, attempt }) => [step, state.isUnspent ? attempt - 1 : attempt] as const);
  return { ...goingOn(state), retriedFrom: { ...state.retriedFrom, ...Object.fromEntries(used) } };
}

/** It does not wait any longer for the participant that it was parked for. */
function goingOn<Data>(state: SagaState<Data>): SagaState<Data> {
  const status = state.status === "Parked" ? "InProgress" : state.status;
  return { ...state, status, parks: 0, parkedSince: undefined, isParked: undefined };
}

/** A definite no like a participant's: `next` turns the saga by it, and by nothing where the pivot is known to be done. */
function compensate<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  timestamp: string,
): InterventionOutcome<Data> {
  if (state.turn?.verdict === "overruled") return { kind: "impossible", reason: "its pivot has happened" };
  if (state.turn || state.refusal) return { kind: "compensating" };
  const step = definition.steps.find(({ name }) => entryOf(state, name)?.status !== "Completed");
  if (!step) return { kind: "impossible", reason: "all its steps are done" };
  const message = "cancelled by an operator";
  const entry = entryOf(state, step.name);
  const history = entry
    ? withEntry(state.history, step.name, { ...entry, status: "Exhausted", message, timestamp })
    : state.history;
  const refusal = { code: cancelled, message, step: step.name };
  return { kind: "allowed", state: { ...goingOn(state), history, refusal } };
}

/** The arbiter's undo is never resolved by hand: its answer says whether the pivot has happened (U2). */
function resolve<Data>(
  definition: SagaDefinition<Data>,
  state: SagaState<Data>,
  undoName: string,
  timestamp: string,
): InterventionOutcome<Data> {
  const impossible = (reason: string) => ({ kind: "impossible", reason }) as const;
  const { turn } = state;
  if (!turn || turn.verdict === "overruled") return impossible("it is not compensating");
  if (isArbiter(definition, undoName)) return impossible(`${undoName} decides the saga and cannot be done by hand`);
  if (turn.verdict === "awaited")
    return impossible("its pivot may have happened: nothing is undone before that is known");
  const step = undosLeft(definition, state).find((undo) => undo.undoName === undoName);
  if (!step) return impossible(`${undoName} is not outstanding`);
  return { kind: "allowed", state: resolved(state, step, timestamp) };
}

function isArbiter<Data>({ steps }: SagaDefinition<Data>, undoName: string): boolean {
  const step = steps.find((other) => other.kind === "compensable" && other.undoName === undoName);
  return steps.some((other) => other.kind === "pivot" && other.arbiter === step?.name);
}

function resolved<Data>(
  state: SagaState<Data>,
  { name, undoName }: CompensableStep<Data>,
  timestamp: string,
): SagaState<Data> {
  const entry = entryOf(state, undoName);
  const change = entry && ({ ...entry, status: "Completed", message: "done by hand", timestamp } as const);
  return {
    ...goingOn(state),
    resolved: [...(state.resolved ?? []), name],
    history: change ? withEntry(state.history, undoName, change) : state.history,
    deadLetters: withLetter(state.deadLetters, { kind: "closed", step: undoName, status: "WorkedOff" }),
  };
}

/** O5: who and why, one entry for each action; its attempt is its number among those of its kind. */
function signed<Data>(
  state: SagaState<Data>,
  intervention: Intervention,
  by: Operator,
  timestamp: string,
): SagaState<Data> {
  const step = operatorEntries[intervention.kind];
  const message = wordsOf(by, intervention.kind === "resolve" ? intervention.undoName : undefined);
  const attempt = state.history.filter((entry) => entry.step === step).length + 1;
  const entry = { step, status: "Completed", message, attempt, timestamp } as const;
  return { ...state, history: [...state.history, entry] };
}

/** Who asked for something, and why, as the history tells it: `undoName` where it was about that one. */
export function wordsOf({ actor, reason }: Operator, undoName?: string): string {
  const what = undoName === undefined ? "" : `${undoName}: `;
  return `${cleanMessage(actor)}: ${what}${cleanMessage(reason)}`;
}
