import type { Backoff } from "./backoff.ts";
import { type Runnable, type SupervisedProcess, superviseProcess } from "./supervised-process.ts";

export interface SupervisionOptions {
  backoff?: Backoff;
  /** Called when something died and will be started again. */
  onDeath?(name: string, reason: string, delayMs: number): void;
}

/** What one run of the system has opened and keeps running. */
export interface Supervision {
  readonly isStopping: boolean;
  /** Does a part of the start; `stop` waits for it, so that it finds everything that the part opened. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Keeps a process running under a name, once it is started. */
  supervise(name: string, launch: () => Promise<Runnable>): SupervisedProcess;
  /** The process of a name; undefined before it is supervised. */
  find(name: string): SupervisedProcess | undefined;
  /** Is called by `stop`, after the closing of what was opened later. */
  onStop(close: () => Promise<void>): void;
  /** Ends the start, and closes what was opened in reverse order, whatever part of it fails. */
  stop(): Promise<void>;
  /** Kills every process at once. */
  kill(): Promise<void>;
}

/** Creates the owner of a run's processes and files. */
export function createSupervision({ backoff, onDeath }: SupervisionOptions): Supervision {
  const processes = new Map<string, SupervisedProcess>();
  const closers: (() => Promise<void>)[] = [];
  const underWay = new Set<Promise<unknown>>();
  let isStopping = false;

  return {
    get isStopping() {
      return isStopping;
    },
    async during(work) {
      const working = work();
      underWay.add(working);
      try {
        return await working;
      } finally {
        underWay.delete(working);
      }
    },
    supervise(name, launch) {
      const process = superviseProcess(launch, {
        backoff,
        onDeath: (reason, _, delayMs) => onDeath?.(name, reason, delayMs),
      });
      processes.set(name, process);
      closers.push(() => process.stop());
      return process;
    },
    find: (name) => processes.get(name),
    onStop(close) {
      closers.push(close);
    },
    async stop() {
      isStopping = true;
      await Promise.allSettled(underWay);
      const faults: unknown[] = [];
      for (const close of closers.splice(0).reverse()) await close().catch((err) => faults.push(err));
      if (faults.length > 0) throw new AggregateError(faults, "Not everything could be stopped.");
    },
    async kill() {
      isStopping = true;
      await Promise.all([...processes.values()].map((process) => process.kill()));
    },
  };
}
