import { setTimeout as wait } from "node:timers/promises";
import { type Backoff, backoffDelayMs, defaultBackoff } from "./backoff.ts";
import type { Exit } from "./guarded-process.ts";

/** What is kept running: a guarded process or a whole server. */
export interface Runnable {
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<unknown>;
  kill(): Promise<unknown>;
}

export interface SupervisedOptions {
  backoff?: Backoff;
  /** Called after each start. */
  onStart?(pid: number): void;
  /** Called when it ended unasked or could not be started; it is started again after the delay. */
  onDeath?(reason: string, failures: number, delayMs: number): void;
}

export interface SupervisedProcess {
  /** The process group that runs now; undefined while none does. */
  readonly pid: number | undefined;
  /** How many times it ended unasked since it was started. */
  readonly deaths: number;
  /** Starts it and keeps it running; rejects when the first start fails, and then keeps nothing. */
  start(): Promise<void>;
  /** Stops it and keeps it stopped. */
  stop(): Promise<void>;
  /** Kills what runs now (SIGKILL), as a crash would; it is started again as after any death. */
  kill(): Promise<void>;
}

/** Keeps a process running: starts it again, after a growing delay, each time it ends without being asked to. */
export function superviseProcess(launch: () => Promise<Runnable>, options: SupervisedOptions = {}): SupervisedProcess {
  const { backoff = defaultBackoff } = options;
  let current: Runnable | undefined;
  let stopping: AbortController | undefined;
  let keeping: Promise<void> = Promise.resolve();
  let deaths = 0;

  async function begin(): Promise<Runnable> {
    current = await launch();
    options.onStart?.(current.pid);
    return current;
  }

  async function keep(first: Runnable, signal: AbortSignal): Promise<void> {
    let running: Runnable | undefined = first;
    let failures = 0;
    let fault = "";
    for (;;) {
      if (signal.aborted) return void (await running?.stop());
      const startedAt = performance.now();
      const reason = running === undefined ? `could not be started: ${fault}` : describe(await running.exited);
      current = undefined;
      if (signal.aborted) return;
      deaths += 1;
      failures = performance.now() - startedAt > backoff.calmMs ? 1 : failures + 1;
      const delayMs = backoffDelayMs(failures, backoff);
      options.onDeath?.(reason, failures, delayMs);
      await wait(delayMs, undefined, { signal }).catch(() => undefined); // rejects only when it is to be stopped
      if (signal.aborted) return;
      running = await begin().catch((err: Error) => {
        fault = err.message;
        return undefined; // counted as one more death
      });
    }
  }

  return {
    get pid() {
      return current?.pid;
    },
    get deaths() {
      return deaths;
    },
    async start() {
      if (stopping !== undefined) throw new Error("The process is kept running already.");
      stopping = new AbortController();
      const { signal } = stopping;
      deaths = 0;
      const first = begin();
      keeping = first.then((running) => keep(running, signal)).catch(() => undefined); // told by start() itself
      try {
        await first;
      } catch (err) {
        stopping = undefined;
        throw err;
      }
    },
    async stop() {
      stopping?.abort();
      await current?.stop();
      await keeping;
      current = undefined;
      stopping = undefined;
    },
    async kill() {
      await current?.kill();
    },
  };
}

function describe({ code }: Exit): string {
  return code > 128 ? `was ended by signal ${code - 128}` : `ended with exit code ${code}`;
}
