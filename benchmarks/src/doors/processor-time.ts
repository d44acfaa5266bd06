import { readdirSync, readFileSync } from "node:fs";

/**
 * The processor time that all threads of a process have used so far, in milliseconds, to the nanosecond; NaN where there is
 * no /proc. What a thread that has ended has used is not in it.
 */
export function processorMs(pid: number): number {
  return readable(() => {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + schedstat(pid, thread).ranMs, 0);
  });
}

/** For how long the thread of its event loop could have run and had no core, in milliseconds; NaN where there is no /proc. */
export function waitedMs(pid: number): number {
  return readable(() => schedstat(pid, String(pid)).waitedMs);
}

function schedstat(pid: number, thread: string): { ranMs: number; waitedMs: number } {
  const [ran, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
  return { ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 };
}

function readable(read: () => number): number {
  try {
    return read();
  } catch {
    // This is not Linux, or the process has ended, which its callers notice.
    return Number.NaN;
  }
}
