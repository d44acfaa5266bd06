import { tripSaga } from "../../test/_trip.ts";
import type { HistoryEntry } from "../state.ts";
import { nextForward } from "./forward.ts";
import { type SagaState, startedState } from "./saga-state.ts";

const definition = tripSaga();
const timestamp = "2026-01-01T00:00:00.000Z";

/** A trip at its pivot, which `pivotCaller` has called last; `owner-a` runs it. */
function atPivot(pivotCaller: string | undefined): SagaState<object> {
  const done = ["CheckSeats", "HoldSeat", "Charge", "Book"].map(
    (step): HistoryEntry => ({ step, status: "Completed", message: "", attempt: 1, timestamp }),
  );
  const calls = { HoldSeat: 1, Charge: 1, Book: 1, ...(pivotCaller && { Confirm: 1 }) };
  return { ...startedState({ sagaId: "saga", key: "key", data: {} }, "owner-a", 0), history: done, calls, pivotCaller };
}

const late = { ms: definition.timeoutMs, timestamp };

test.each([
  ["calls the pivot again, however late, where its owner has called it before", "owner-a", "call"],
  ["turns a late saga round at its pivot where another owner has called it", "owner-b", "write"],
  ["turns a late saga round at its pivot where nobody has called it", undefined, "write"],
])("%s", (_, pivotCaller, kind) => {
  const action = nextForward(definition as never, atPivot(pivotCaller), late);
  expect(action.kind).toBe(kind);
  if (action.kind !== "write") return;
  const verdict = pivotCaller ? "awaited" : "confirmed";
  expect(action).toMatchObject({ reason: "turn", state: { turn: { failure: { code: "SAGA_TIMEOUT" }, verdict } } });
});

test("lets a parked pivot that its owner has called wait beyond the saga's time", () => {
  const state = { ...atPivot("owner-a"), standing: "blocked" as const, parks: 9, parkedSince: 0 };
  expect(nextForward(definition as never, state, late)).toMatchObject({ reason: "park", dueInMs: 10_000 });
});

test("parks no longer than until the saga is to be turned round", () => {
  const state = { ...atPivot(undefined), standing: "blocked" as const, parks: 9 };
  const action = nextForward(definition as never, state, { ms: definition.timeoutMs - 400, timestamp });
  const parked = { status: "Parked", isParked: true, parkedSince: definition.timeoutMs - 400, parks: 10 };
  expect(action).toMatchObject({ reason: "park", dueInMs: 400, state: parked });
});

describe("a step that is given up", () => {
  const { id, key, owner } = { id: "saga", key: "key", owner: "owner-a" };
  const fresh = startedState<object>({ sagaId: id, key, data: {} }, owner, 0);

  test("is exhausted in the history, and its dead letter is kept", () => {
    const history: HistoryEntry[] = [{ step: "CheckSeats", status: "Running", message: "", attempt: 2, timestamp }];
    const { state } = turnOf({ ...fresh, history, calls: { CheckSeats: 2 } });
    expect(state.history).toMatchObject([{ step: "CheckSeats", status: "Exhausted", attempt: 2 }]);
    expect(state.deadLetters).toMatchObject([{ kind: "left", step: "CheckSeats", status: "Kept", attempts: 2 }]);
  });

  test("is not in the history where it was never called, but has its dead letter", () => {
    const { state } = turnOf({ ...fresh, parkedSince: 0 });
    expect(state).toMatchObject({ status: "Failed", history: [], turn: { failure: { step: "CheckSeats" } } });
    expect(state.deadLetters).toMatchObject([{ kind: "left", step: "CheckSeats", status: "Kept", attempts: 0 }]);
  });

  function turnOf(state: SagaState<object>) {
    const action = nextForward(definition as never, state, late);
    if (action.kind !== "write") throw new Error("not turned");
    return action;
  }
});

test.each([
  ["keeps the dead letter of a step that was refused when it had been exhausted", 5, 1],
  ["keeps no dead letter of a step that was refused before it was exhausted", 3, 0],
])("%s", (_, attempt, letters) => {
  const history: HistoryEntry[] = [{ step: "CheckSeats", status: "Refused", message: "", attempt, timestamp }];
  const fresh = startedState<object>({ sagaId: "saga", key: "key", data: {} }, "owner-a", 0);
  const refusal = { code: "SOLD_OUT", message: "", step: "CheckSeats" };
  const action = nextForward(definition as never, { ...fresh, history, refusal }, { ms: 1, timestamp });
  expect(action).toMatchObject({ kind: "write", state: { status: "Failed" } });
  const kept = Array.from({ length: letters }, () => ({ kind: "closed", step: "CheckSeats", status: "Kept" }));
  expect(action.kind === "write" && action.state.deadLetters).toEqual(kept);
});
