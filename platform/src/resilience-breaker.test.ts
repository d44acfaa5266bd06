import { AppError } from "./errors.ts";
import { type Breaker, createBreaker, type GuardState } from "./resilience-breaker.ts";

const timedOut = () => Promise.reject(new AppError("DEADLINE_EXCEEDED", "no answer"));
const givenUp = () => Promise.reject(new AppError("CANCELLED", "given up"));
const refused = () => Promise.reject(new AppError("FAILED_PRECONDITION", "no", { reason: "UNDONE" }));
const answered = () => Promise.resolve("answered");

let breaker: Breaker;
let states: GuardState[];
let closed: jest.Mock;

beforeEach(() => {
  jest.useFakeTimers();
  breaker = createBreaker({ failures: 3, halfOpenAfterMs: 1000, maxHalfOpenAfterMs: 10_000 });
  states = [];
  closed = jest.fn();
  breaker.onState((state) => states.push(state));
  breaker.onClose(closed);
});
afterEach(() => jest.useRealTimers());

async function run(...calls: (() => Promise<unknown>)[]): Promise<void> {
  for (const call of calls) await breaker.run(call).catch(() => undefined);
}

/** A call that is under way until the test ends it. */
function started(): (end: () => Promise<unknown>) => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<() => Promise<unknown>>();
  const call = breaker.run(async () => (await promise)()).catch(() => undefined);
  return async (end) => {
    resolve(end);
    await call;
  };
}

async function openFor(delayMs: number): Promise<void> {
  expect(breaker.isOpen()).toBe(true);
  await jest.advanceTimersByTimeAsync(delayMs - 1);
  expect(breaker.isOpen()).toBe(true);
  await jest.advanceTimersByTimeAsync(1);
  expect(breaker.isOpen()).toBe(false);
}

describe("a row of failures", () => {
  it("counts those with one cause once, as a batch that broke fails all its calls", async () => {
    const brokenBatch = () => {
      const cause = new Error("the connection broke");
      return () => Promise.reject(new AppError("UNAVAILABLE", "no answer", { cause }));
    };
    const [first, second, third] = [brokenBatch(), brokenBatch(), brokenBatch()];
    await run(first, first, first, first, second, first, second);
    expect(breaker.isOpen()).toBe(false);
    await run(third);
    expect(breaker.isOpen()).toBe(true);
  });

  it("opens it", async () => {
    await run(timedOut, timedOut, timedOut);
    expect(breaker.isOpen()).toBe(true);
  });

  it.each([
    ["a success", answered],
    ["FAILED_PRECONDITION", refused],
    ["ABORTED", () => Promise.reject(new AppError("ABORTED", "under way"))],
    ["OVERLOADED", () => Promise.reject(new AppError("OVERLOADED", "later"))],
  ])("ends with %s, for the target answers", async (_, answer) => {
    await run(timedOut, timedOut, answer, timedOut, timedOut);
    expect(breaker.isOpen()).toBe(false);
    await run(timedOut);
    expect(breaker.isOpen()).toBe(true);
  });

  it.each([
    ["a call that was given up", givenUp],
    ["a call that was not sent", () => Promise.reject(new AppError("UNAVAILABLE", "held", { reason: "CIRCUIT_OPEN" }))],
  ])("goes on after %s, for that proves nothing", async (_, unproven) => {
    await run(timedOut, timedOut, unproven);
    expect(breaker.isOpen()).toBe(false);
    await run(timedOut);
    expect(breaker.isOpen()).toBe(true);
  });
});

describe("a probe", () => {
  beforeEach(async () => {
    await run(timedOut, timedOut, timedOut);
    await openFor(1000);
  });

  it.each([
    ["a success", answered],
    ["a refusal", refused],
  ])("closes it with %s", async (_, answer) => {
    await run(answer);
    expect(breaker.isOpen()).toBe(false);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(states).toEqual(["open", "half-open", "closed"]);
  });

  it("opens it for twice as long when it is not answered", async () => {
    await run(timedOut);
    await openFor(2000);
    await run(timedOut);
    await openFor(4000);
    expect(closed).not.toHaveBeenCalled();
  });

  it("leaves the probing to the next call when it is given up", async () => {
    await run(givenUp);
    expect(closed).not.toHaveBeenCalled();
    expect(breaker.isOpen()).toBe(false);
    const end = started();
    expect(breaker.isOpen()).toBe(true);
    await end(answered);
    expect(closed).toHaveBeenCalledTimes(1);
    expect(states).toEqual(["open", "half-open", "open", "half-open", "closed"]);
  });

  it("does not lengthen the time between probes when it is given up", async () => {
    await run(givenUp, givenUp, timedOut);
    await openFor(2000);
  });

  it("starts again with the shortest time once it has closed", async () => {
    await run(timedOut);
    await openFor(2000);
    await run(answered, timedOut, timedOut, timedOut);
    await openFor(1000);
  });
});

describe("what comes back late", () => {
  const late = () => Array.from({ length: 4 }, started);

  it.each([
    ["failures", timedOut],
    ["successes", answered],
    ["refusals", refused],
    ["calls given up", givenUp],
  ])("%s neither extends the time it is open nor closes it", async (_, end) => {
    const calls = late();
    await run(timedOut, timedOut, timedOut);
    await jest.advanceTimersByTimeAsync(500);
    for (const endCall of calls) await endCall(end);
    expect(states).toEqual(["open"]);
    await openFor(500);
  });

  it.each([
    ["failures", timedOut],
    ["successes", answered],
    ["refusals", refused],
    ["calls given up", givenUp],
  ])("%s do not speak for the probe", async (_, end) => {
    const calls = late();
    await run(timedOut, timedOut, timedOut);
    await openFor(1000);
    const endProbe = started();
    for (const endCall of calls) await endCall(end);
    expect(states).toEqual(["open", "half-open"]);
    await endProbe(timedOut);
    await openFor(2000);
  });

  it("failures of calls sent before it opened do not open it again after it has closed", async () => {
    const calls = late();
    await run(timedOut, timedOut, timedOut);
    await openFor(1000);
    await run(answered);
    for (const endCall of calls) await endCall(timedOut);
    expect(breaker.isOpen()).toBe(false);
  });
});

it("opens once for 64 calls that all wait for a target which does not answer", async () => {
  const calls = Array.from({ length: 64 }, started);
  await Promise.all(calls.map((end) => end(timedOut)));
  expect(states).toEqual(["open"]);
  await openFor(1000);
});
