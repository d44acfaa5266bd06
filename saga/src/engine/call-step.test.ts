import { FakeClock } from "@shop/testkit/fake-clock";
import { startedState } from "../decision/saga-state.ts";
import { defaultPolicy } from "../definition.ts";
import type { StepCall, StepOutcome } from "../outcome.ts";
import { callStep, type PendingCall } from "./call-step.ts";

let clock: FakeClock;
let signal: AbortSignal;

beforeEach(() => {
  clock = new FakeClock();
});

/** Calls a step that answers with `outcome`. */
function call(outcome: Promise<StepOutcome<object>>): PendingCall<object> {
  const step = {
    kind: "check" as const,
    name: "Check",
    do: (_: object, stepCall: StepCall) => {
      signal = stepCall.signal;
      return outcome;
    },
    policy: defaultPolicy,
  };
  const state = startedState({ sagaId: "saga", key: "key", data: {} }, "owner", 0);
  return callStep(clock, state, { kind: "call", direction: "do", step, name: "Check", attempt: 1, timeoutMs: 1500 });
}

const never = new Promise<never>(() => {});

it("ends a call that is not answered in time, and says so to the step", async () => {
  const pending = call(never);
  await clock.advance(1499);
  expect(signal.aborted).toBe(false);
  await clock.advance(1);
  expect(await pending.outcome).toEqual({ kind: "unknown", message: "no answer within 1500 ms" });
  expect(signal.reason).toMatchObject({ name: "TimeoutError", message: "no answer within 1500 ms" });
});

it("tells a call that its owner gives up from one that took too long", async () => {
  const pending = call(never);
  pending.abort();
  expect(await pending.outcome).toEqual({ kind: "unknown", message: "given up by its owner" });
  expect(signal.reason).toMatchObject({ name: "AbortError" });
});

it("leaves the signal alone once the step has answered", async () => {
  const pending = call(Promise.resolve({ kind: "done" }));
  expect(await pending.outcome).toEqual({ kind: "done" });
  await clock.advance(1500);
  expect(signal.aborted).toBe(false);
});

it("takes a throw for an unknown outcome", async () => {
  const pending = call(Promise.reject(new Error("broken")));
  expect(await pending.outcome).toEqual({ kind: "unknown", message: "broken" });
});
