/** Time, as the engine sees it. All decisions use the monotonic `now` (D5). */
export interface Clock {
  /** Milliseconds of a clock that never jumps; its zero means nothing. */
  now(): number;
  /** The wall time as ISO 8601, to be read by people. */
  timestamp(): string;
  /** Runs `callback` once after `delayMs`, unless the returned function is called first. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** Chance. */
export interface Random {
  /** Evenly distributed, 0 <= x < 1. */
  fraction(): number;
  /** A new random UUID. */
  uuid(): string;
}

/** Resolves after `delayMs`, or at once when `signal` aborts. */
export function wait(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.schedule(delayMs, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}
