import { tripSaga } from "../../test/_trip.ts";
import type { HistoryEntry } from "../state.ts";
import { type Intervention, intervene } from "./intervention.ts";
import { type SagaState, startedState, type Verdict } from "./saga-state.ts";

const definition = tripSaga();
const timestamp = "2026-01-01T00:00:00.000Z";
const by = { actor: "oscar", reason: "the bank called" };
const failure = { code: "DECLINED", message: "", step: "Charge" };

const fresh = startedState<object>({ sagaId: "saga", key: "key", data: {} }, "owner", 0);
const entry = (step: string, status: HistoryEntry["status"], attempt = 1): HistoryEntry => {
  return { step, status, message: "", attempt, timestamp };
};
const held: SagaState<object> = {
  ...fresh,
  status: "Parked",
  currentStep: "Charge",
  history: [entry("CheckSeats", "Completed"), entry("HoldSeat", "Completed"), entry("Charge", "Exhausted", 4)],
  calls: { CheckSeats: 1, HoldSeat: 1, Charge: 4 },
  parks: 3,
  parkedSince: 5,
  isParked: true,
};
const turned = (verdict: Verdict): SagaState<object> => ({
  ...held,
  status: "Compensating",
  turn: { failure, verdict },
  history: [...held.history, entry("Refund", "Exhausted", 7)],
});

function outcomeOf(intervention: Intervention, state: SagaState<object>) {
  return intervene(definition as never, state, intervention, by, timestamp);
}

function stateAfter(intervention: Intervention, state: SagaState<object>): SagaState<object> {
  const outcome = outcomeOf(intervention, state);
  if (outcome.kind !== "allowed") throw new Error(outcome.kind);
  return outcome.state;
}

const retry: Intervention = { kind: "retry" };
const compensate: Intervention = { kind: "compensate" };
const resolve = (undoName: string): Intervention => ({ kind: "resolve", undoName });

describe("a retry", () => {
  test("gives the step all its attempts and its give-up time afresh, and forgets no call", () => {
    const state = stateAfter(retry, held);
    expect(state).toMatchObject({ status: "InProgress", parks: 0, retriedFrom: { Charge: 4 }, calls: held.calls });
    expect([state.parkedSince, state.isParked]).toEqual([undefined, undefined]);
  });

  test("counts no attempt that was not spent", () => {
    expect(stateAfter(retry, { ...held, isUnspent: true }).retriedFrom).toEqual({ Charge: 3 });
  });

  test("of a saga that goes back is one of its undo", () => {
    expect(stateAfter(retry, turned("confirmed"))).toMatchObject({
      status: "Compensating",
      retriedFrom: { Refund: 7 },
    });
  });

  test("stands in the history each time, with who and why", () => {
    const twice = stateAfter(retry, stateAfter(retry, held));
    const message = "oscar: the bank called";
    expect(twice.history.slice(3)).toEqual(
      [1, 2].map((attempt) => ({ ...entry("Retry", "Completed", attempt), message })),
    );
  });
});

describe("a compensation", () => {
  test("is a definite no to the step that the saga is at", () => {
    const state = stateAfter(compensate, held);
    expect(state).toMatchObject({ status: "InProgress", refusal: { code: "CANCELLED_BY_OPERATOR", step: "Charge" } });
    expect(state.history.slice(2)).toMatchObject([
      { step: "Charge", status: "Exhausted", attempt: 4, message: "cancelled by an operator" },
      { step: "Compensate", status: "Completed", message: "oscar: the bank called" },
    ]);
  });

  test("of a saga that has called nothing has nothing to mark", () => {
    const state = stateAfter(compensate, fresh);
    expect(state.history.map(({ step }) => step)).toEqual(["Compensate"]);
    expect(state.refusal?.step).toBe("CheckSeats");
  });

  const allDone = definition.steps.map(({ name }) => entry(name, "Completed"));
  test.each([
    ["one that has ended", { ...held, status: "Compensated" }, { kind: "ended" }],
    ["one that is going back", turned("confirmed"), { kind: "compensating" }],
    ["one whose arbiter is asked", turned("awaited"), { kind: "compensating" }],
    ["one that is about to turn", { ...held, refusal: failure }, { kind: "compensating" }],
    ["one whose pivot has happened by the arbiter's word", turned("overruled"), { kind: "impossible" }],
    ["one whose steps are all done", { ...held, history: allDone }, { kind: "impossible" }],
  ] as const)("is refused for %s", (_, state, outcome) => {
    expect(outcomeOf(compensate, state)).toMatchObject(outcome);
  });
});

describe("a resolution", () => {
  test("counts the undo as done, whoever runs the saga, and works its dead letter off", () => {
    const state = stateAfter(resolve("Refund"), turned("confirmed"));
    expect(state.resolved).toEqual(["Charge"]);
    expect(state.deadLetters).toEqual([{ kind: "closed", step: "Refund", status: "WorkedOff" }]);
    expect(state.history.slice(3)).toMatchObject([
      { step: "Refund", status: "Completed", message: "done by hand", attempt: 7 },
      { step: "Resolve", status: "Completed", message: "oscar: Refund: the bank called" },
    ]);
  });

  test.each([
    ["one that has ended", "Refund", { ...turned("confirmed"), status: "Compensated" }, "ended"],
    ["one that goes forward", "Refund", held, "impossible"],
    ["one whose pivot has happened", "Refund", turned("overruled"), "impossible"],
    ["one whose pivot may have happened", "Refund", turned("awaited"), "impossible"],
    ["the arbiter's undo", "ReleaseSeat", turned("confirmed"), "impossible"],
    ["an undo of what was never called", "Cancel", turned("confirmed"), "impossible"],
    ["an undo that is done", "Refund", { ...turned("confirmed"), undone: ["Charge"] }, "impossible"],
    ["an undo that was resolved before", "Refund", { ...turned("confirmed"), resolved: ["Charge"] }, "impossible"],
    ["a step", "Charge", turned("confirmed"), "impossible"],
  ] as const)("is refused for %s", (_, undoName, state, kind) => {
    expect(outcomeOf(resolve(undoName), state).kind).toBe(kind);
  });
});
