import type { LoginCounterStore, LoginCounters } from "../src/domain/login-throttle.ts";

const hourMs = 3_600_000;

/** When an operation on the counters happens; each takes its turn, as Redis would give it. */
export type Turn = <T>(operation: () => T) => Promise<T>;

/** Counters that keep the time of the test. */
export function fakeCounterStore(clock: { nowMs: number }, turn: Turn = eachInTurn): LoginCounterStore {
  return { pairs: fakeCounters(clock, turn), networks: fakeCounters(clock, turn), accounts: fakeCounters(clock, turn) };
}

function eachInTurn<T>(operation: () => T): Promise<T> {
  return Promise.resolve().then(operation);
}

function fakeCounters(clock: { nowMs: number }, turn: Turn): LoginCounters {
  const counts = new Map<string, { count: number; untilMs: number }>();
  const shutUntil = new Map<string, number>();
  const shutForMs = (key: string) => Math.max(0, (shutUntil.get(key) ?? 0) - clock.nowMs);
  const counted = (key: string) => {
    const found = counts.get(key);
    return found && found.untilMs > clock.nowMs ? found : { count: 0, untilMs: clock.nowMs + hourMs };
  };
  const change = (key: string, by: number) => {
    const { count, untilMs } = counted(key);
    counts.set(key, { count: count + by, untilMs });
    return count + by;
  };
  return {
    look: (key) => turn(() => ({ count: counted(key).count, shutForMs: shutForMs(key) })),
    add: (key) => turn(() => change(key, 1)),
    takeBack: (key) => turn(() => (counted(key).count > 0 ? void change(key, -1) : undefined)),
    shut: (key, forMs) =>
      turn(() => {
        const left = shutForMs(key);
        if (left === 0) shutUntil.set(key, clock.nowMs + forMs);
        return left;
      }),
    open: (key) => turn(() => void shutUntil.delete(key)),
    forget: (key) =>
      turn(() => {
        counts.delete(key);
        shutUntil.delete(key);
      }),
  };
}
