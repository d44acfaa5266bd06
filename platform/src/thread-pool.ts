import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";

const tasks = "/proc/self/task";
const poolThread = "libuv-worker";

/**
 * Makes the threads on which Node hashes, looks up names and reads files give way to the event loop and to whatever else
 * runs on the machine, and tells how many there are. They exist after the first such work. Only Linux has priorities of
 * single threads: elsewhere nothing is done. Nobody can raise them again.
 */
export function lowerThreadPoolPriority(nice = 10): number {
  if (process.platform !== "linux") return 0;
  const threads = readdirSync(tasks).filter((id) => readFileSync(`${tasks}/${id}/comm`, "utf8").trim() === poolThread);
  for (const id of threads) setPriority(Number(id), nice);
  return threads.length;
}
