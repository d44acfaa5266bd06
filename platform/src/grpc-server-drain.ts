import type { Server } from "@grpc/grpc-js";

/** Counts the calls under way and ends a server when they are done, or when their time is up. */
export interface Drain {
  /** A call came in. */
  enter(): void;
  /** A call was answered. */
  leave(): void;
  /** Tells when the server begins to drain, at once where it does already. The answer takes the listener off. */
  onBegin(listener: () => void): () => void;
  /** Ends the server; answers how many calls it broke off. */
  finish(): Promise<number>;
}

/** The time the last answers have to reach their callers before streams that never end (a health watch) are cut. */
const flushMs = 100;

/** Creates the drain of one server. */
export function createDrain(server: Server, drainMs: number): Drain {
  let underWay = 0;
  let onIdle: (() => void) | undefined;
  let finishing: Promise<number> | undefined;
  const listeners = new Set<() => void>();

  async function shutDown(): Promise<number> {
    for (const listener of listeners) listener();
    const timers: NodeJS.Timeout[] = [];
    const after = (delayMs: number) => new Promise<void>((resolve) => timers.push(setTimeout(resolve, delayMs)));
    const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    const idle = underWay === 0 ? Promise.resolve() : new Promise<void>((resolve) => (onIdle = resolve));
    try {
      await Promise.race([closed, idle.then(() => after(flushMs)), after(drainMs)]);
      return underWay;
    } finally {
      for (const timer of timers) clearTimeout(timer);
      server.forceShutdown();
    }
  }

  return {
    enter() {
      underWay += 1;
    },
    leave() {
      underWay -= 1;
      if (underWay === 0) onIdle?.();
    },
    onBegin(listener) {
      listeners.add(listener);
      if (finishing !== undefined) listener();
      return () => listeners.delete(listener);
    },
    finish: () => (finishing ??= shutDown()),
  };
}
