import { readdirSync, readFileSync } from "node:fs";

/**
 * The processor time that all threads of a process have used so far, in milliseconds, to the nanosecond; NaN where there is
 * no /proc. What a thread that has ended has used is not in it.
 */
export function processorMs(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + threadMs(pid, thread), 0);
  } catch {
    // This is not Linux, or the process has ended, which its callers notice.
    return Number.NaN;
  }
}

function threadMs(pid: number, thread: string): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e6;
}
