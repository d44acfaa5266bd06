import { AppError } from "./errors.ts";
import type { GuardState } from "./resilience-breaker.ts";
import type { Guard } from "./resilience-guard.ts";
import { createProviderBreaker } from "./resilience-provider-breaker.ts";

const down = () => Promise.reject(new AppError("UNAVAILABLE", "down"));
const declined = () => Promise.reject(new AppError("FAILED_PRECONDITION", "declined"));
const up = () => Promise.resolve("up");
let states: GuardState[];
let breaker: Guard;

beforeEach(() => {
  jest.useFakeTimers();
  states = [];
  breaker = createProviderBreaker({
    target: "provider",
    timeoutMs: 100,
    volumeThreshold: 4,
    resetTimeoutMs: 1000,
    onState: (state) => states.push(state),
  });
});

afterEach(() => {
  breaker.close();
  jest.useRealTimers();
});

async function run(times: number, fn: () => Promise<string>): Promise<void> {
  for (let count = 0; count < times; count++) await breaker.run(fn).catch(() => undefined);
}

describe("createProviderBreaker", () => {
  it("passes answers and errors through", async () => {
    await expect(breaker.run(up)).resolves.toBe("up");
    await expect(breaker.run(declined)).rejects.toMatchObject({ code: "FAILED_PRECONDITION", message: "declined" });
  });

  it("ends a call that takes too long and aborts its signal", async () => {
    let seen: AbortSignal | undefined;
    const run = breaker.run((signal) => {
      seen = signal;
      return new Promise(() => {});
    });
    const rejected = expect(run).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await jest.advanceTimersByTimeAsync(100);
    await rejected;
    expect(seen?.aborted).toBe(true);
  });

  it("aborts the signal when the caller's is", async () => {
    const controller = new AbortController();
    const rejected = expect(
      breaker.run(
        (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        controller.signal,
      ),
    ).rejects.toMatchObject({ name: "AbortError" });
    controller.abort();
    await rejected;
    await expect(breaker.run(up, controller.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("stays closed below the volume threshold", async () => {
    await run(3, down);
    expect(breaker.isOpen()).toBe(false);
  });

  it("stays closed whatever the provider declines", async () => {
    await run(20, declined);
    expect(breaker.isOpen()).toBe(false);
  });

  it("opens on its share of infrastructure errors, holds calls back, probes once and closes", async () => {
    const closed = jest.fn();
    breaker.onClose(closed);
    await run(4, down);
    expect(breaker.isOpen()).toBe(true);
    const held = jest.fn(up);
    await expect(breaker.run(held)).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "CIRCUIT_OPEN" });
    expect(held).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1000);
    expect(breaker.isOpen()).toBe(false);
    const { promise, resolve } = Promise.withResolvers<string>();
    const probe = breaker.run(() => promise);
    expect(breaker.isOpen()).toBe(true);
    resolve("probed");
    await expect(probe).resolves.toBe("probed");
    expect(closed).toHaveBeenCalledTimes(1);
    expect(states).toEqual(["closed", "open", "half-open", "closed"]);
  });
});
