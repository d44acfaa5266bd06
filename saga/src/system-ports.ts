import { randomUUID } from "node:crypto";
import type { Clock, Random } from "./ports.ts";

/** The machine's clock. With `random`, the only place of this package that touches real time and real chance. */
export const systemClock: Clock = {
  now: () => performance.now(),
  timestamp: () => new Date().toISOString(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The machine's chance. */
export const systemRandom: Random = { fraction: () => Math.random(), uuid: () => randomUUID() };
