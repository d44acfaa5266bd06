import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";

const tasks = "/proc/self/task";
const poolThread = "libuv-worker";

/**
 * Makes the threads on which Node hashes, looks up names and reads files give way to the event loop and to whatever else
 * runs on the machine, and tells how many there are. They exist after the first such work. Only Linux has priorities of
 * single threads: elsewhere, and where the system does not let it, nothing is done. Nobody can raise them again.
 */
export function lowerThreadPoolPriority(nice = 10): number {
  if (process.platform !== "linux") return 0;
  return attempt(() => readdirSync(tasks), []).filter((id) => attempt(() => lower(id, nice), false)).length;
}

function lower(id: string, nice: number): boolean {
  if (readFileSync(`${tasks}/${id}/comm`, "utf8").trim() !== poolThread) return false;
  setPriority(Number(id), nice);
  return true;
}

/** A service starts without this as well: other threads end while it looks, and sandboxes show none or forbid it. */
function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
