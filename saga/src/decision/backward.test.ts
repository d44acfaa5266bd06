import { tripSaga } from "../../test/_trip.ts";
import type { HistoryEntry } from "../state.ts";
import { next } from "./next.ts";
import { type SagaState, startedState } from "./saga-state.ts";

const definition = tripSaga();
const now = { ms: 5, timestamp: "2026-01-01T00:00:00.000Z" };
const fresh = startedState<object>({ sagaId: "saga", key: "key", data: {} }, "owner", 0);

const entry = (step: string, status: HistoryEntry["status"], attempt: number): HistoryEntry => {
  return { step, status, message: "", attempt, timestamp: now.timestamp };
};

/** A trip that goes back and waits for its refund. */
function refunding(attempt: number, change: Partial<SagaState<object>>): SagaState<object> {
  return {
    ...fresh,
    status: "Compensating",
    currentStep: "Refund",
    history: [entry("HoldSeat", "Completed", 1), entry("Charge", "Refused", 2), entry("Refund", "Running", attempt)],
    calls: { HoldSeat: 1, Charge: 2 },
    turn: { failure: { code: "DECLINED", message: "", step: "Charge" }, verdict: "confirmed" },
    ...change,
  };
}

function decisionOf(state: SagaState<object>) {
  return next(definition as never, state, now);
}

test("an undo that has attempts left backs off, which nobody is told of as parked", () => {
  const action = decisionOf(refunding(3, { standing: "unknown" }));
  expect(action).toMatchObject({ kind: "write", reason: "backOff", dueInMs: 2000 });
  expect(action.kind === "write" && [action.state.isParked, action.state.parkedSince]).toEqual([undefined, undefined]);
});

test.each([
  ["out of retries", 4, { standing: "unknown" }],
  ["not sent", 1, { standing: "blocked" }],
] as const)("an undo that is %s is parked, since it was first", (_, attempt, change) => {
  const parked = { kind: "write", reason: "park", state: { isParked: true, currentStep: "Refund", parkedSince: 5 } };
  expect(decisionOf(refunding(attempt, change))).toMatchObject(parked);
  const before = { ...change, parkedSince: 2 };
  expect(decisionOf(refunding(attempt, before))).toMatchObject({ state: { parkedSince: 2 } });
});

describe("an attempt that was not spent", () => {
  test("is made again", () => {
    expect(decisionOf(refunding(3, { isUnspent: true }))).toMatchObject({ kind: "call", name: "Refund", attempt: 3 });
  });

  test.each([
    ["resolved by hand", { resolved: ["Charge"] }, "ReleaseSeat"],
    ["not the first any more, for its owner was lost", { clean: false }, "Cancel"],
  ])("is none of another undo's where its own is %s", (_, change, name) => {
    const action = decisionOf(refunding(3, { isUnspent: true, ...change }));
    expect(action).toMatchObject({ kind: "call", name, attempt: 1 });
  });
});
