/** One of the requests that run at once, and how many calls it makes before it is another's turn. */
export interface Turn {
  request: number;
  calls: number;
}

/** Lets requests run at once by turns, so that the same turns always give the same interleaving. */
export interface Turns {
  /** Resolves when it is the request's turn. */
  take(request: number): Promise<void>;
  /** Takes a request that has ended out of the play. */
  leave(request: number): void;
}

/**
 * Plays `turns` among `count` requests, then lets the first one alive run to its end, then the next. Nobody moves before
 * all who are alive wait for their turn: how long a call really takes plays no part.
 */
export function createTurns(turns: readonly Turn[], count: number): Turns {
  const alive = new Set(Array.from({ length: count }, (_, request) => request));
  const waiting = new Map<number, () => void>();
  const ahead = turns.flatMap(({ request, calls }) => Array<number>(calls).fill(request));

  function go(): void {
    if (alive.size === 0 || waiting.size < alive.size) return;
    const requests = [...alive].sort();
    const next = requests[(ahead.shift() ?? 0) % requests.length] ?? 0;
    const resume = waiting.get(next);
    waiting.delete(next);
    resume?.();
  }

  return {
    take: (request) =>
      new Promise((resolve) => {
        waiting.set(request, resolve);
        go();
      }),
    leave(request) {
      alive.delete(request);
      go();
    },
  };
}
