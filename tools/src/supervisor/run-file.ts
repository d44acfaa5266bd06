import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { StartFault } from "../start-fault.ts";
import { killGroup, listProcesses, waitUntilGroupGone } from "./process-table.ts";
import { asSoleStarter } from "./sole-starter.ts";

const runSchema = z.object({
  /** The process that runs the system, and its start, which no other process that gets this id has. */
  pid: z.int(),
  startedAt: z.string(),
  /** The process groups it started, each with a part of its command line by which it is known again. */
  groups: z.record(z.string(), z.object({ pid: z.int(), command: z.string() })),
});

type Run = z.output<typeof runSchema>;

/** A process group that was just started. */
export interface StartedGroup {
  pid: number;
  kill(): Promise<unknown>;
}

/** The note of who runs the system in a data folder, and which process groups belong to the run. */
export interface RunFile {
  /** Notes the group that runs under a name now; kills it where that fails, for the next start would not find it. */
  note<Started extends StartedGroup>(name: string, started: Started, command: string): Promise<Started>;
  /** Removes the note: everything was stopped. */
  remove(): Promise<void>;
}

/**
 * Takes the data folder for this process. Refused while another run has it; what a killed run left behind is
 * ended first, but only a process whose command line shows that it is the one that was noted.
 */
export async function takeRunFile(path: string, graceMs: number): Promise<RunFile> {
  const self = (await listProcesses()).find(({ pid }) => pid === process.pid);
  const run: Run = { pid: process.pid, startedAt: self?.startedAt ?? "", groups: {} };
  await asSoleStarter(path, () => replaceEarlierRun(path, run, graceMs), runsAlready);
  let writing: Promise<void> = Promise.resolve();
  return {
    async note(name, started, command) {
      run.groups[name] = { pid: started.pid, command };
      const noted = writing.then(() => replace(path, run));
      writing = noted.catch(() => undefined); // told here; a disk that was full may have room for the next
      try {
        await noted;
        return started;
      } catch (err) {
        await started.kill();
        throw err;
      }
    },
    async remove() {
      await writing;
      await rm(path, { force: true });
    },
  };
}

/** Only one process does this at a time: what it finds cannot be replaced by another while it removes it. */
async function replaceEarlierRun(path: string, run: Run, graceMs: number): Promise<void> {
  const earlier = await readRun(path);
  if (earlier !== undefined) await endEarlierRun(earlier, graceMs);
  await replace(path, run);
}

function runsAlready(pid: number): StartFault {
  return new StartFault(
    `The system runs already in this data folder (pid ${pid}): stop it with Ctrl-C or \`kill ${pid}\`, ` +
      "or start a second one with --data-dir and --ports free.",
  );
}

async function endEarlierRun(earlier: Run, graceMs: number): Promise<void> {
  const processes = await listProcesses();
  if (processes.some(({ pid, startedAt }) => pid === earlier.pid && startedAt === earlier.startedAt)) {
    throw runsAlready(earlier.pid);
  }
  const left = Object.values(earlier.groups).filter((group) =>
    processes.some((process) => process.group === group.pid && process.command.includes(group.command)),
  );
  await Promise.all(left.map((group) => endGroup(group.pid, graceMs)));
}

async function endGroup(group: number, graceMs: number): Promise<void> {
  // Its guard has asked it to stop when the run was killed.
  if (await waitUntilGroupGone(group, graceMs)) return;
  killGroup(group);
  if (!(await waitUntilGroupGone(group, 5_000))) {
    throw new StartFault(`A process of an earlier start does not end: \`kill -9 -${group}\` and start again.`);
  }
}

async function readRun(path: string): Promise<Run | undefined> {
  try {
    return runSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    if (code === "EACCES") {
      throw new StartFault(`The file ${path} cannot be read (EACCES): start as the user who owns it.`, { cause: err });
    }
    return undefined; // missing, or half-written by a crash of the machine, which left no process behind
  }
}

async function replace(path: string, run: Run): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await writeFile(unfinished, JSON.stringify(run), { mode: 0o600 });
  await rename(unfinished, path);
}
