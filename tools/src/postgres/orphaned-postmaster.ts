import { readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { StartFault } from "../start-fault.ts";
import { isAlive, waitUntilGone } from "../supervisor/process-table.ts";

/**
 * Ends the server that a killed starter left running in the cluster, or removes the lock file of one that is gone.
 * The caller is the folder's only starter, so a server that runs there has lost its own.
 */
export async function stopOrphanedPostmaster(cluster: string): Promise<void> {
  const lockFile = join(cluster, "postmaster.pid");
  const pid = await lockedBy(lockFile);
  if (pid === undefined) return;
  if (isAlive(pid) && (await runsIn(pid, cluster))) {
    process.kill(pid, "SIGINT");
    if (!(await waitUntilGone(pid, 15_000))) {
      throw new StartFault(
        `A PostgreSQL of an earlier start (pid ${pid}) does not stop: end it with \`kill -QUIT ${pid}\`.`,
      );
    }
  }
  // A lock file outlives kill -9; its pid may meanwhile belong to anyone, and PostgreSQL would then refuse to start.
  await rm(lockFile, { force: true });
}

async function lockedBy(lockFile: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt((await readFile(lockFile, "utf8")).split("\n", 1)[0] ?? "", 10);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw err;
  }
}

/** A postmaster's working directory is its cluster; where the system does not tell, it is taken for one. */
async function runsIn(pid: number, cluster: string): Promise<boolean> {
  if (process.platform !== "linux") return true;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster;
  } catch {
    return false; // gone meanwhile, or another user's: not the one we would have started
  }
}
