import { AppError } from "@shop/platform/errors";

/** Runs work with a bound on how much of it runs, and on how much waits. */
export interface Bounded {
  /** Runs `work` now or when its turn comes; OVERLOADED at once where too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** `limit` run at a time, `queue` wait in the order they came. A wait ends because each piece of work ends. */
export function createBounded({ limit, queue }: { limit: number; queue: number }): Bounded {
  const waiting: (() => void)[] = [];
  let running = 0;

  return {
    async run(work) {
      if (running < limit) running += 1;
      else if (waiting.length >= queue) throw overloaded();
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}

function overloaded(): AppError {
  return new AppError("OVERLOADED", "Too many logins are under way.", { retryAfterMs: 1_000 });
}
