import { AppError } from "@shop/platform/errors";
import type { Events } from "../events.ts";
import type { App } from "./app.ts";

const RETRY_AFTER_MS = 1_000;

/** However much there is to do, of twenty requests one is let in: else nobody would learn that it is over. */
const LEAST_SHARE = 0.05;
const RECOVERY_STEP = 0.1;

/** Tells how late this process comes to what is due. */
export interface LoopWatch {
  /** Tells, about once a second, the mean delay of the time since, in milliseconds. */
  onSample(listener: (delayMs: number) => void): void;
  close(): void;
}

/**
 * Refuses a part of the requests at once while this process is late with what it has; streams under way go on. For what it
 * was late with before anybody asked for anything, its own start beside all others', nobody is refused.
 */
export function shedLoad(app: App, watch: LoopWatch, maxDelayMs: number, events: Pick<Events, "shareChanged">): void {
  let share = 1;
  let credit = 0;
  let hasBegun = false;
  watch.onSample((delayMs) => {
    if (!hasBegun) return;
    const next = nextShare(share, delayMs, maxDelayMs);
    if (next < 1 !== share < 1) events.shareChanged({ share: next, delayMs });
    share = next;
  });
  app.addHook("onClose", async () => watch.close());
  app.addHook("onRequest", (req, _reply, done) => {
    if (req.routeOptions.url === "/health") return done();
    hasBegun = true;
    if (share === 1) return done();
    credit += share;
    if (credit < 1) throw overloaded();
    credit -= 1;
    done();
  });
}

/** The part of the requests that is let in next: half as many where this process was late, and a few more where not. */
export function nextShare(share: number, delayMs: number, maxDelayMs: number): number {
  return delayMs > maxDelayMs ? Math.max(LEAST_SHARE, share / 2) : Math.min(1, share + RECOVERY_STEP);
}

function overloaded(): AppError {
  return new AppError("OVERLOADED", "There is more to do than can be done now.", { retryAfterMs: RETRY_AFTER_MS });
}

const TICK_MS = 100;
const SAMPLE_MS = 1_000;

/** Watches the event loop by a timer of its own: how much too late it fires is how long others have to wait. */
export function watchLoop(): LoopWatch {
  let listener: (delayMs: number) => void = () => undefined;
  let delays: number[] = [];
  let sampledAt = performance.now();
  let dueAt = sampledAt + TICK_MS;
  const timer = setTimeout(tick, TICK_MS).unref();

  function tick(): void {
    const now = performance.now();
    delays.push(Math.max(0, now - dueAt));
    if (now - sampledAt >= SAMPLE_MS) {
      listener(delays.reduce((sum, delay) => sum + delay, 0) / delays.length);
      delays = [];
      sampledAt = now;
    }
    dueAt = performance.now() + TICK_MS;
    timer.refresh();
  }

  return {
    onSample(onSample) {
      listener = onSample;
    },
    close: () => clearTimeout(timer),
  };
}
