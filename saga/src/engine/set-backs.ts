import type { Clock } from "../ports.ts";

/** Sagas that this process could not run: it leaves each alone for a while, the longer the oftener. */
export interface SetBacks {
  /** Notes one more; `times` in a row, and for how long the saga is left alone. */
  note(sagaId: string): { readonly times: number; readonly retryInMs: number };
  /** Forgets a saga that could be run. */
  clear(sagaId: string): void;
  /** The sagas that are to be left alone now. */
  resting(): readonly string[];
}

/** The first rest, doubled with each further set-back, and the longest. */
const firstRestMs = 5000;
const longestRestMs = 300_000;

/** Remembers set-backs; one that is long over is forgotten, for another process may have had more luck. */
export function createSetBacks(clock: Clock): SetBacks {
  const known = new Map<string, { readonly times: number; readonly until: number }>();
  return {
    note: (sagaId) => {
      const times = (known.get(sagaId)?.times ?? 0) + 1;
      const retryInMs = Math.min(firstRestMs * 2 ** (times - 1), longestRestMs);
      known.set(sagaId, { times, until: clock.now() + retryInMs });
      return { times, retryInMs };
    },
    clear: (sagaId) => void known.delete(sagaId),
    resting: () => {
      for (const [sagaId, { until }] of known) if (until + longestRestMs < clock.now()) known.delete(sagaId);
      return [...known].filter(([, { until }]) => until > clock.now()).map(([sagaId]) => sagaId);
    },
  };
}
