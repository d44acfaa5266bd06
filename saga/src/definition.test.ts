import { defaultPolicy, defineSaga, type SagaBuilder, type StepPolicy } from "./definition.ts";

const done = async () => ({ kind: "done" }) as const;
const trip = (policy = {}) => defineSaga<object>("trip", { timeoutMs: 1000, policy });

test("lists the steps in their order, each with its undo", () => {
  const saga = trip().check("Check", done).step("Hold", { do: done, undo: done, undoName: "Release" }).after({});
  expect(saga.steps).toMatchObject([
    { kind: "check", name: "Check" },
    { kind: "compensable", name: "Hold", undoName: "Release" },
  ]);
});

test("gives a step the saga's policy but for what is its own", () => {
  const saga = trip({ retries: 5 }).check("Check", done, { callTimeoutMs: 10 }).after({});
  expect(saga.steps[0]?.policy).toEqual({ ...defaultPolicy, retries: 5, callTimeoutMs: 10 });
});

test("has a hash of its steps, and not of its policies or of what follows", () => {
  const one = trip().check("Check", done).after({});
  const patient = trip({ retries: 9 }).check("Check", done).after({ completed: "SendTicket" });
  const other = trip().check("Look", done).after({});
  expect(patient.hash).toBe(one.hash);
  expect(other.hash).not.toBe(one.hash);
});

test("refuses a name used twice, where the types were told otherwise", () => {
  const twice = trip().check("Check", done) as unknown as SagaBuilder<object, never, never>;
  expect(() => twice.check("Check", done).after({})).toThrow("a name of its own");
});

test.each(["Retry", "Compensate", "Resolve", "SendTicket"])(
  "refuses a step by the name %s, which stands for else",
  (name) => {
    expect(() => trip().check(name, done).after({ completed: "SendTicket" })).toThrow("a name of its own");
  },
);

test("lets one after-step serve both ends", () => {
  expect(trip().check("Check", done).after({ completed: "Tell", failed: "Tell" }).after.failed).toBe("Tell");
});

test.each([
  ["a saga without steps", () => trip().after({}), "it needs a step"],
  [
    "a saga without time",
    () => defineSaga<object>("trip", { timeoutMs: 0 }).check("Check", done).after({}),
    "timeoutMs must be more than 0, got 0",
  ],
  ["retries below zero", () => checked({ retries: -1 }), "Check: retries must be a whole number, got -1"],
  ["half a retry", () => checked({ retries: 0.5 }), "Check: retries must be a whole number, got 0.5"],
  ["a call without time", () => checked({ callTimeoutMs: 0 }), "Check: callTimeoutMs must be more than 0, got 0"],
  ["a delay below zero", () => checked({ retryDelayMs: -5 }), "Check: retryDelayMs must be 0 or more, got -5"],
  ["a give-up that is no time", () => checked({ giveUpAfterMs: Number.NaN }), "Check: giveUpAfterMs must be 0 or more"],
])("refuses %s", (_, define, fault) => {
  expect(define).toThrow(new TypeError(`saga trip: ${fault}`).message);
});

function checked(policy: Partial<StepPolicy>) {
  return trip().check("Check", done, policy).after({});
}

test("has what its options let a dead letter show", () => {
  const describe = () => ({ traveller: "Ada" });
  const definition = defineSaga<object>("trip", { timeoutMs: 1000, describe })
    .check("CheckSeats", async () => ({ kind: "done" }))
    .after({});
  expect(definition.describe).toBe(describe);
});
