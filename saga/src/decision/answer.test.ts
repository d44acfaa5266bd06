import { tripSaga } from "../../test/_trip.ts";
import type { CallAction } from "./action.ts";
import { answered, sent, undoAnswered } from "./answer.ts";
import { type SagaState, startedState, type Turn } from "./saga-state.ts";

const definition = tripSaga();
const now = { ms: 5, timestamp: "2026-01-01T00:00:00.000Z" };
const failure = { code: "NO_ROOM", message: "", step: "Book" };

function undoOf(name: string): CallAction<unknown> {
  const step = definition.steps.find((other) => other.name === name);
  if (step?.kind !== "compensable") throw new Error(`no undo of ${name}`);
  return { kind: "call", direction: "undo", step: step as never, name: step.undoName, attempt: 1, timeoutMs: 1500 };
}

function doOf(name: string, attempt: number): CallAction<unknown> {
  return { ...undoOf(name), direction: "do", name, attempt };
}

function turned(verdict: Turn["verdict"]): SagaState<unknown> {
  const state = startedState({ sagaId: "saga", key: "key", data: {} }, "owner", 0);
  return { ...state, status: "Compensating", turn: { failure, verdict } };
}

describe("a commit that an undo claims", () => {
  test("overrules the turn where the arbiter's word is awaited", () => {
    const call = undoOf("HoldSeat");
    const waiting = { ...turned("awaited"), parks: 3, parkedSince: 1 };
    const state = undoAnswered(sent(waiting, call, now), call, { kind: "committed" }, now);
    // What is asked for again has waited for nothing yet.
    expect(state).toMatchObject({ turn: { verdict: "overruled" }, parks: 0, parkedSince: undefined });
  });

  test("is not taken back by a refusal of what is asked for again", () => {
    const call = doOf("Charge", 1);
    const refusal = { kind: "refused", code: "UNDONE", message: "" } as const;
    const state = answered(sent(turned("overruled"), call, now), call, refusal, now);
    expect(state).toMatchObject({ standing: "unknown", turn: { verdict: "overruled" } });
    expect(state.refusal).toBeUndefined();
  });

  test.each(["HoldSeat", "Charge"])("is no answer of %s once the turn is confirmed", (step) => {
    const call = undoOf(step);
    const state = undoAnswered(sent(turned("confirmed"), call, now), call, { kind: "committed" }, now);
    expect(state).toMatchObject({ standing: "unknown", undone: [], turn: { verdict: "confirmed" } });
  });
});

describe("a dead letter", () => {
  const exhausting = [
    [3, []],
    [4, [{ status: "Open", reason: "STEP_EXHAUSTED", attempts: 4, lastError: "no route" }]],
  ] as const;

  test.each(exhausting)("is left by the last attempt (attempt %d)", (attempt, letters) => {
    const call = doOf("Charge", attempt);
    const before = startedState<unknown>({ sagaId: "saga", key: "key", data: {} }, "owner", 0);
    const state = answered(sent(before, call, now), call, { kind: "unknown", message: "no route" }, now);
    expect(state.deadLetters).toMatchObject(letters);
    expect(state.deadLetters).toHaveLength(letters.length);
  });

  test.each([
    [4, { kind: "done" }, []],
    [5, { kind: "done" }, [{ step: "Charge", status: "WorkedOff" }]],
    // The turn that follows closes it.
    [5, { kind: "refused", code: "DECLINED", message: "" }, []],
  ] as const)("is closed by the answer to a later attempt (attempt %d: $kind)", (attempt, outcome, letters) => {
    const call = doOf("Charge", attempt);
    const before = startedState<unknown>({ sagaId: "saga", key: "key", data: {} }, "owner", 0);
    const state = answered(sent(before, call, now), call, outcome, now);
    expect(state.deadLetters).toMatchObject(letters);
    expect(state.deadLetters).toHaveLength(letters.length);
  });
});

test("starts the wait for the next step afresh when a step is done", () => {
  const call = doOf("Charge", 1);
  const before = startedState<unknown>({ sagaId: "saga", key: "key", data: {} }, "owner", 0);
  const parked = { ...before, parks: 3, parkedSince: 1 };
  expect(answered(sent(parked, call, now), call, { kind: "done" }, now)).toMatchObject({
    parks: 0,
    parkedSince: undefined,
  });
});
