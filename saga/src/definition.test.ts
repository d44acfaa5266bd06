import { defaultPolicy, defineSaga, type SagaBuilder } from "./definition.ts";

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
