import { access } from "node:fs/promises";
import { join } from "node:path";
import { CommandFault } from "../commands/command-fault.ts";
import { startGuarded } from "../supervisor/guarded-process.ts";
import type { StopSignal } from "./stop-signal.ts";

export interface K6Start {
  /** The program. */
  readonly k6: string;
  /** The repository; scripts are named from there. */
  readonly root: string;
  /** Such as load-tests/src/smoke.ts. */
  readonly script: string;
  readonly env: Record<string, string>;
}

/** Asked to end, k6 writes its report first; it is killed after this. */
const graceMs = 30_000;
const standardOutput = 1;

/** Runs k6 with its output passed on, in a process group that ends with ours, and gives its exit code. */
export async function runK6({ k6, root, script, env }: K6Start, stop: StopSignal): Promise<number> {
  await access(join(root, script)).catch((cause: unknown) => {
    throw new CommandFault(`There is no ${script}: the working copy is not complete.`, { cause });
  });
  // Its own door for remote control stays shut: nobody here needs it, and two runs would want the same port.
  const args = ["run", "--address", "", script];
  const child = await startGuarded(k6, args, { cwd: root, env, graceMs, output: standardOutput });
  const end = () => void child.stop();
  stop.onKill(() => child.kill());
  stop.signal.addEventListener("abort", end, { once: true });
  if (stop.signal.aborted) end();
  try {
    return (await child.exited).code;
  } finally {
    stop.signal.removeEventListener("abort", end);
  }
}
