/** A clock that stands still until it is told to go on. It fits every Clock port that has these members. */
export interface FakeClock {
  /** Milliseconds; starts at 0 and never goes back. */
  now(): number;
  /** The wall time as ISO 8601. */
  timestamp(): string;
  /** Runs `callback` once after `delayMs`, unless the returned function is called first. */
  schedule(delayMs: number, callback: () => void): () => void;
  /** Resolves after `delayMs`, or at once when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Lets time pass: runs what falls due in its order, and after each lets everything that was set off come to rest. */
  advance(durationMs: number): Promise<void>;
  /** How many callbacks wait. */
  readonly pending: number;
}

interface Timer {
  dueMs: number;
  callback: () => void;
}

/** Creates a clock whose wall time starts at `start`. */
export function createFakeClock(start = new Date("2026-01-01T00:00:00.000Z")): FakeClock {
  let nowMs = 0;
  const timers = new Set<Timer>();

  function schedule(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: nowMs + Math.max(0, delayMs), callback };
    timers.add(timer);
    return () => {
      timers.delete(timer);
    };
  }

  function nextDue(untilMs: number): Timer | undefined {
    // Sorting is stable, so that of two due at once the older goes first.
    return [...timers].sort((a, b) => a.dueMs - b.dueMs).find((timer) => timer.dueMs <= untilMs);
  }

  async function advance(durationMs: number): Promise<void> {
    const untilMs = nowMs + durationMs;
    await settle();
    for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
      timers.delete(timer);
      nowMs = timer.dueMs;
      timer.callback();
      await settle();
    }
    nowMs = untilMs;
  }

  return {
    now: () => nowMs,
    timestamp: () => new Date(start.getTime() + nowMs).toISOString(),
    schedule,
    sleep: (delayMs, signal) => sleep(schedule, delayMs, signal),
    advance,
    get pending() {
      return timers.size;
    },
  };
}

function sleep(schedule: FakeClock["schedule"], delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = schedule(delayMs, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}

/** Microtasks run before this resolves, and so do those that they set off. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
