import { AppError } from "@shop/platform/errors";
import { createFairLine } from "./fair-line.ts";

/** Runs work with a bound on how much of it runs, and on how much waits. */
export interface Bounded {
  /** Runs `work` now or when its turn comes; OVERLOADED where too many wait already. */
  run<T>(work: () => Promise<T>, turn?: Turn): Promise<T>;
}

/** When work that has to wait is run. */
export interface Turn {
  /** Whose work it is: turns go round the keys. */
  readonly key: string;
  /** It comes before all that is not, and has places of its own to wait in. */
  readonly isPreferred: boolean;
}

interface Waiting {
  start(): void;
  refuse(err: AppError): void;
}

const ordinary: Turn = { key: "", isPreferred: false };

/** `limit` run at a time, `queue` of each kind wait. A wait ends because each piece of work ends. */
export function createBounded({ limit, queue }: { limit: number; queue: number }): Bounded {
  const preferred = createFairLine<Waiting>(queue);
  const others = createFairLine<Waiting>(queue);
  let running = 0;

  function waitForTurn({ key, isPreferred }: Turn): Promise<void> {
    return new Promise((resolve, reject) => {
      const leaving = (isPreferred ? preferred : others).join(key, { start: resolve, refuse: reject });
      leaving?.refuse(overloaded());
    });
  }

  return {
    async run(work, turn = ordinary) {
      if (running < limit) running += 1;
      else await waitForTurn(turn);
      try {
        return await work();
      } finally {
        const next = preferred.next() ?? others.next();
        if (next) next.start();
        else running -= 1;
      }
    },
  };
}

function overloaded(): AppError {
  return new AppError("OVERLOADED", "Too many logins are under way.", { retryAfterMs: 1_000 });
}
