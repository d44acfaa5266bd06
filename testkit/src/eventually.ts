import { setTimeout as sleep } from "node:timers/promises";

/** How long and how often {@link eventually} asks. */
export interface EventuallyOptions {
  /** After this long the last error is thrown, in milliseconds; 5000 where left out. */
  timeoutMs?: number;
  /** The pause between two tries, in milliseconds; 20 where left out. */
  intervalMs?: number;
}

/** Calls `fn` until it does not throw and gives what it gave; `false` counts as a throw. */
export async function eventually<T>(fn: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 5000, intervalMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      const value = await fn();
      if (value === false) throw new Error(`It was not true within ${timeoutMs} ms.`);
      return value;
    } catch (err) {
      if (performance.now() + intervalMs > deadline) throw err;
    }
    await sleep(intervalMs);
  }
}
