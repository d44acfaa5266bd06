import { randomUUID } from "node:crypto";
import type { Clock, Random } from "./ports.ts";

/** The machine's clock. With `random`, the only place of this package that touches real time and real chance. */
export const systemClock: Clock = {
  now: () => performance.now(),
  timestamp: () => isoTime(Date.now()),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The machine's chance. */
export const systemRandom: Random = { fraction: () => Math.random(), uuid: () => randomUUID() };

let latest = { ms: 0, text: "" };

/** Every entry of a history has a timestamp, many of them within one millisecond. */
function isoTime(ms: number): string {
  if (ms !== latest.ms) latest = { ms, text: new Date(ms).toISOString() };
  return latest.text;
}
