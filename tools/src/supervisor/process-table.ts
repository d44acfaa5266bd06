import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";

/** Whether a process of this id runs, whoever owns it. One that ended but was not waited for does not. */
export function isAlive(pid: number): boolean {
  return takesSignals(pid) && !isZombie(pid);
}

/** Waits until a process is gone; false when it still runs after the limit. */
export async function waitUntilGone(pid: number, limitMs: number): Promise<boolean> {
  return waitWhile(() => isAlive(pid), limitMs);
}

/** Waits until a process group has no running member; false when it still has one after the limit. */
export async function waitUntilGroupGone(group: number, limitMs: number): Promise<boolean> {
  const isRunning = async () => takesSignals(-group) && (await listProcesses()).some((entry) => entry.group === group);
  return waitWhile(isRunning, limitMs);
}

async function waitWhile(isRunning: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (await isRunning()) {
    if (performance.now() > until) return false;
    await wait(25);
  }
  return true;
}

function takesSignals(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** In a container whose first process waits for nobody, orphans that ended stay in the table. */
function isZombie(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    return parseStatus(readFileSync(`/proc/${pid}/stat`, "utf8")).hasEnded;
  } catch {
    return true; // gone meanwhile
  }
}

/**
 * The command's name in parentheses may hold blanks; behind it stand state, parent, group and, as the 18th and 20th, threads
 * and start. A process is a zombie as soon as its first thread has ended; the others may still hold its ports and files.
 */
export function parseStatus(text: string): { hasEnded: boolean; parent: number; group: number; startedAt: string } {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group] = fields;
  const hasEnded = state === "Z" && Number(fields[17]) <= 1;
  return { hasEnded, parent: Number(parent), group: Number(group), startedAt: fields[19] ?? "" };
}

/** Sends SIGKILL to a process group; a group that is gone already is no error. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== "ESRCH") throw err;
  }
}

export interface ProcessEntry {
  pid: number;
  /** The process that started it, or the one that took it over when that ended. */
  parent: number;
  /** The process group it belongs to. */
  group: number;
  /** When it was started, in the system's own notation: to be compared, not to be read. */
  startedAt: string;
  /** The command line, arguments separated by blanks. */
  command: string;
}

/** The running processes of this machine, as far as this user may see them. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  return process.platform === "linux" ? listFromProc() : listFromPs();
}

/** A process and all that it started, whatever group they put themselves in: PostgreSQL's servers each lead one of their own. */
export function familyOf(pid: number, processes: readonly ProcessEntry[]): ProcessEntry[] {
  const own = processes.filter((entry) => entry.pid === pid);
  const children = processes.filter(({ parent }) => parent === pid);
  return [...own, ...children.flatMap((child) => familyOf(child.pid, processes))];
}

/** A minimal container has no `ps`, so Linux is read from /proc. */
function listFromProc(): ProcessEntry[] {
  // Read at once: nothing here waits for a disk, and to hand each file to another thread costs seven times as much.
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const { hasEnded, ...status } = parseStatus(readFileSync(`/proc/${pid}/stat`, "utf8"));
      if (hasEnded) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      return [{ pid: Number(pid), ...status, command }];
    } catch {
      return []; // gone while we looked
    }
  });
}

/** `lstart` is five words, such as "Sat Nov 21 15:28:45 2026"; `ww` keeps long command lines whole. */
async function listFromPs(): Promise<ProcessEntry[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axww", "-o", "pid=,ppid=,pgid=,lstart=,command="]);
  return stdout.split("\n").flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+((?:\S+\s+){5})(.*)$/.exec(line);
    if (found === null) return [];
    const [, pid, parent, group, startedAt = "", command = ""] = found;
    const ids = { pid: Number(pid), parent: Number(parent), group: Number(group) };
    return [{ ...ids, startedAt: startedAt.trim(), command }];
  });
}
