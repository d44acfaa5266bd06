/** What has been counted under a key. */
export interface Counted {
  /** How many in this window, the last one included. */
  readonly current: number;
  /** How long the window lasts from now, in milliseconds. */
  readonly leftMs: number;
}

/** Counts in windows that begin with the first. */
export interface RateCounter {
  count(key: string, windowMs: number): Counted | Promise<Counted>;
  start(): Promise<void>;
  close(): void;
}

/** An attacker with more addresses than this makes it forget; the oldest windows go first. */
const MAX_KEYS = 50_000;

/** Counts in this process. */
export function createMemoryCounter(now: () => number = () => performance.now()): RateCounter {
  const windows = new Map<string, { current: number; endsAt: number }>();

  function open(key: string, windowMs: number): { current: number; endsAt: number } {
    windows.delete(key);
    for (const [oldest, { endsAt }] of windows) {
      if (endsAt > now() && windows.size < MAX_KEYS) break;
      windows.delete(oldest);
    }
    const opened = { current: 0, endsAt: now() + windowMs };
    windows.set(key, opened);
    return opened;
  }

  return {
    count(key, windowMs) {
      const known = windows.get(key);
      const window = known !== undefined && known.endsAt > now() ? known : open(key, windowMs);
      window.current += 1;
      return { current: window.current, leftMs: Math.ceil(window.endsAt - now()) };
    },
    start: async () => undefined,
    close: () => windows.clear(),
  };
}
