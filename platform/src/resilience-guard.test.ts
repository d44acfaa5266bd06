import { AppError } from "./errors.ts";
import type { GuardState } from "./resilience-breaker.ts";
import { createGuard, type Guard, type GuardOptions } from "./resilience-guard.ts";

const down = () => Promise.reject(new AppError("UNAVAILABLE", "down"));
const up = () => Promise.resolve("up");
/** A call that ends as one over gRPC does when its signal is aborted. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => {
      const { reason } = signal;
      reject(reason instanceof AppError ? reason : new AppError("CANCELLED", "The call was cancelled."));
    });
  });
let states: GuardState[];

function guardWith(options: Partial<GuardOptions> = {}): Guard {
  states = [];
  return createGuard({ target: "shipping", timeoutMs: 100, onState: (state) => states.push(state), ...options });
}

async function breakOpen(guard: Guard, failures = 5): Promise<void> {
  for (let count = 0; count < failures; count++) await guard.run(down).catch(() => undefined);
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe("createGuard", () => {
  it("passes an answer through", async () => {
    await expect(guardWith().run(up)).resolves.toBe("up");
  });

  it("passes an error through as it is", async () => {
    const err = new AppError("FAILED_PRECONDITION", "no", { reason: "UNDONE" });
    await expect(guardWith().run(() => Promise.reject(err))).rejects.toBe(err);
  });

  it("ends a call that takes too long and aborts its signal", async () => {
    let seen: AbortSignal | undefined;
    const run = guardWith().run((signal) => {
      seen = signal;
      return new Promise(() => {});
    });
    const rejected = expect(run).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await jest.advanceTimersByTimeAsync(100);
    await rejected;
    expect(seen?.aborted).toBe(true);
  });

  it("ends a call when its caller cancels, and does not count it", async () => {
    const guard = guardWith({ breaker: { failures: 1 } });
    const controller = new AbortController();
    const rejected = expect(guard.run(() => new Promise(() => {}), controller.signal)).rejects.toMatchObject({
      code: "CANCELLED",
    });
    controller.abort();
    await rejected;
    expect(guard.isOpen()).toBe(false);
  });

  it("has no timer and no signal of its own where it has no limit", async () => {
    const guard = guardWith({ timeoutMs: undefined });
    const { signal } = new AbortController();
    const seen = await guard.run(async (given) => [given, jest.getTimerCount()], signal);
    expect(seen).toEqual([signal, 0]);
    expect(await guard.run(async ({ aborted }) => aborted)).toBe(false);
  });

  it.each([
    ["a TimeoutError", new DOMException("no answer within 1500 ms", "TimeoutError"), 100],
    ["an error of ours", new AppError("DEADLINE_EXCEEDED", "too late"), 100],
    ["a TimeoutError, without a limit", new DOMException("no answer within 1500 ms", "TimeoutError"), undefined],
    ["an error of ours, without a limit", new AppError("DEADLINE_EXCEEDED", "too late"), undefined],
  ])("counts a call whose caller's time ran out, told by %s", async (_, reason, timeoutMs) => {
    const guard = guardWith({ breaker: { failures: 1 }, timeoutMs });
    const controller = new AbortController();
    const call = expect(guard.run(untilAborted, controller.signal)).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    controller.abort(reason);
    await call;
    expect(guard.isOpen()).toBe(true);
  });

  it.each([100, undefined])(
    "does not count a call that its caller gave up, whatever the reason's code",
    async (limit) => {
      const guard = guardWith({ breaker: { failures: 1 }, timeoutMs: limit });
      const controller = new AbortController();
      const reason = new AppError("UNAVAILABLE", "closing");
      const rejected = expect(guard.run(untilAborted, controller.signal)).rejects.toBe(reason);
      controller.abort(reason);
      await rejected;
      expect(guard.isOpen()).toBe(false);
    },
  );

  it("takes the end of its own time for that, also where the call says that it was cancelled", async () => {
    const guard = guardWith({ breaker: { failures: 1 } });
    const rejected = expect(guard.run(untilAborted)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await jest.advanceTimersByTimeAsync(100);
    await rejected;
    expect(guard.isOpen()).toBe(true);
  });

  it.each([100, undefined])("passes on what a call was answered as its caller gave up, limit %s", async (timeoutMs) => {
    const guard = guardWith({ timeoutMs });
    const controller = new AbortController();
    const err = new AppError("FAILED_PRECONDITION", "no", { reason: "UNDONE" });
    const call = guard.run(() => {
      const answer = Promise.reject(err);
      controller.abort();
      return answer;
    }, controller.signal);
    await expect(call).rejects.toBe(err);
  });

  it("neither sends nor counts a call whose time ran out while it waited in the bulkhead", async () => {
    const guard = guardWith({ bulkhead: { limit: 1, queue: 1 }, breaker: { failures: 1 } });
    const { promise, resolve } = Promise.withResolvers<string>();
    const running = guard.run(() => promise);
    const controller = new AbortController();
    const called = jest.fn(up);
    const waiting = expect(guard.run(called, controller.signal)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    controller.abort(new DOMException("late", "TimeoutError"));
    resolve("done");
    await Promise.all([running, waiting]);
    expect(called).not.toHaveBeenCalled();
    expect(guard.isOpen()).toBe(false);
  });

  it("neither sends nor counts a call that was given up before", async () => {
    const guard = guardWith({ breaker: { failures: 1 } });
    const called = jest.fn(up);
    const signal = AbortSignal.abort(new DOMException("late", "TimeoutError"));
    await expect(guard.run(called, signal)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await expect(guard.run(called, AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" });
    expect(called).not.toHaveBeenCalled();
    expect(guard.isOpen()).toBe(false);
  });

  it("takes the failure of a provider behind the target for an answer of the target's", async () => {
    const guard = guardWith({ breaker: { failures: 2, halfOpenAfterMs: 10 } });
    const providerFails = () =>
      Promise.reject(new AppError("UNAVAILABLE", "no outcome", { reason: "PROVIDER_FAILED" }));
    for (let count = 0; count < 5; count++) {
      await expect(guard.run(providerFails)).rejects.toMatchObject({ reason: "PROVIDER_FAILED" });
      await guard.run(down).catch(() => undefined); // never two in a row
    }
    expect(guard.isOpen()).toBe(false);

    await breakOpen(guard, 2);
    await jest.advanceTimersByTimeAsync(10);
    await guard.run(providerFails).catch(() => undefined);
    expect(states.at(-1)).toBe("closed");
  });

  it.each(["UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL"] as const)(
    "opens after five of %s in a row",
    async (code) => {
      const guard = guardWith();
      const fail = () => guard.run(() => Promise.reject(new AppError(code, "bad")));
      for (let count = 0; count < 5; count++) {
        expect(guard.isOpen()).toBe(false);
        await expect(fail()).rejects.toMatchObject({ code });
      }
      expect(guard.isOpen()).toBe(true);
      const called = jest.fn(up);
      await expect(guard.run(called)).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "CIRCUIT_OPEN" });
      expect(called).not.toHaveBeenCalled();
      expect(states).toEqual(["closed", "open"]);
    },
  );

  it.each([
    new AppError("FAILED_PRECONDITION", "no", { reason: "UNDONE" }),
    new AppError("VALIDATION_FAILED", "no"),
    new AppError("OVERLOADED", "later"),
    new AppError("UNAUTHENTICATED", "who"),
    new AppError("CANCELLED", "gone"),
    new AppError("UNAVAILABLE", "held back", { reason: "CIRCUIT_OPEN" }),
  ])("does not count $code $reason", async (err) => {
    const guard = guardWith({ breaker: { failures: 1 } });
    await expect(guard.run(() => Promise.reject(err))).rejects.toBe(err);
    expect(guard.isOpen()).toBe(false);
  });

  it("lets one call through after a while, and closes and tells it where that succeeds", async () => {
    const guard = guardWith();
    const closed = jest.fn();
    const silenced = jest.fn();
    guard.onClose(closed);
    guard.onClose(silenced)();
    await breakOpen(guard);
    await jest.advanceTimersByTimeAsync(1000);
    expect(guard.isOpen()).toBe(false);
    const { promise, resolve } = Promise.withResolvers<string>();
    const probe = guard.run(() => promise);
    expect(guard.isOpen()).toBe(true);
    await expect(guard.run(up)).rejects.toMatchObject({ reason: "CIRCUIT_OPEN" });
    resolve("probed");
    await expect(probe).resolves.toBe("probed");
    await expect(guard.run(up)).resolves.toBe("up");
    expect(closed).toHaveBeenCalledTimes(1);
    expect(silenced).not.toHaveBeenCalled();
    expect(states).toEqual(["closed", "open", "half-open", "closed"]);
  });

  it("waits twice as long after each probe that fails, up to the longest", async () => {
    const guard = guardWith({ breaker: { halfOpenAfterMs: 1000, maxHalfOpenAfterMs: 3000 } });
    await breakOpen(guard);
    for (const delayMs of [1000, 2000, 3000, 3000]) {
      await jest.advanceTimersByTimeAsync(delayMs - 1);
      expect(guard.isOpen()).toBe(true);
      await jest.advanceTimersByTimeAsync(1);
      expect(guard.isOpen()).toBe(false);
      await expect(guard.run(down)).rejects.toMatchObject({ message: "down" });
    }
  });

  it("lets as many calls run and wait as its bulkhead holds", async () => {
    const guard = guardWith({ bulkhead: { limit: 1, queue: 1 } });
    const { promise, resolve } = Promise.withResolvers<string>();
    const running = guard.run(() => promise);
    const waiting = guard.run(up);
    await expect(guard.run(up)).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "BULKHEAD_FULL" });
    resolve("done");
    await expect(running).resolves.toBe("done");
    await expect(waiting).resolves.toBe("up");
  });

  it("holds back what waited in the bulkhead when the breaker has opened meanwhile", async () => {
    const guard = guardWith({ bulkhead: { limit: 1, queue: 5 }, breaker: { failures: 1 } });
    const called = jest.fn(up);
    const first = expect(guard.run(down)).rejects.toMatchObject({ message: "down" });
    const second = expect(guard.run(called)).rejects.toMatchObject({ reason: "CIRCUIT_OPEN" });
    await first;
    await second;
    expect(called).not.toHaveBeenCalled();
  });

  it("leaves no timer behind", async () => {
    const guard = guardWith();
    await guard.run(up);
    await guard.run(down).catch(() => undefined);
    guard.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});
