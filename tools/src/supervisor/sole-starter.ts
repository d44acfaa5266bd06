import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { listProcesses } from "./process-table.ts";

/** How long the starter that goes on waits for one that has given way to be gone. */
const giveWayLimitMs = 5_000;

/**
 * Does `work` while no other process does the same for this path; `refuse` makes the error of one that has to give way.
 *
 * Each starter notes itself in a file of its own and only then looks for the others. Of two that start together, the later
 * note therefore sees the earlier one: they cannot both go on. The one with the greater process id gives way, and the
 * other waits for that. A note whose process is gone, or whose id belongs to another process now, means nothing.
 */
export async function asSoleStarter<T>(
  path: string,
  work: () => Promise<T>,
  refuse: (pid: number) => Error,
): Promise<T> {
  const own = `${path}.starter-${process.pid}`;
  await note(own);
  try {
    const until = performance.now() + giveWayLimitMs;
    for (;;) {
      const [other] = await otherStarters(path);
      if (other === undefined) return await work();
      if (other < process.pid || performance.now() > until) throw refuse(other);
      await wait(25);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** The note gets its name when it is complete. */
async function note(path: string): Promise<void> {
  const self = (await listProcesses()).find(({ pid }) => pid === process.pid);
  await writeFile(`${path}.unfinished`, self?.startedAt ?? "", { mode: 0o600 });
  await rename(`${path}.unfinished`, path);
}

/** The process ids of the others that are starting now, the least first. */
async function otherStarters(path: string): Promise<number[]> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.starter-`;
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && /-\d+$/.test(name));
  const processes = await listProcesses();
  const found = await Promise.all(
    names.map(async (name) => {
      const pid = Number(name.slice(prefix.length));
      if (pid === process.pid) return [];
      const startedAt = await readFile(join(folder, name), "utf8").catch(() => undefined); // it has just gone
      if (startedAt === undefined) return [];
      if (processes.some((entry) => entry.pid === pid && entry.startedAt === startedAt)) return [pid];
      await rm(join(folder, name), { force: true });
      return [];
    }),
  );
  return found.flat().sort((left, right) => left - right);
}
