import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const guardScript = fileURLToPath(new URL("guard.sh", import.meta.url));

export interface GuardedOptions {
  cwd?: string;
  env: NodeJS.ProcessEnv;
  /** Runs the command as this user; only root may ask for it. */
  user?: { uid: number; gid: number };
  /** How the command is asked to stop. Default SIGTERM. */
  stopSignal?: "SIGTERM" | "SIGINT";
  /** How long the command may take to stop before it is killed. Default 10,000. */
  graceMs?: number;
  /** Gets each line of standard output and standard error. */
  onLine?: (line: string) => void;
}

export interface Exit {
  /** The exit code; 128 + the signal's number for a command that a signal ended. */
  code: number;
}

export interface GuardedProcess {
  /** The guard's process id, which is also the id of the process group of the command and all its children. */
  pid: number;
  /** Settles when the command is gone; never rejects. */
  exited: Promise<Exit>;
  /** Asks the command to stop, kills its whole group when the grace is over, and waits until it is gone. */
  stop(): Promise<Exit>;
  /** Kills the whole group at once (SIGKILL) and waits until it is gone. */
  kill(): Promise<Exit>;
}

/** Starts a command in a process group of its own that ends with this process, however this process ends. */
export async function startGuarded(
  command: string,
  args: readonly string[],
  options: GuardedOptions,
): Promise<GuardedProcess> {
  const { stopSignal = "SIGTERM", graceMs = 10_000 } = options;
  const guard = spawn(
    "/bin/sh",
    [guardScript, stopSignal.slice("SIG".length), String(Math.ceil(graceMs / 1000)), command, ...args],
    {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      ...options.user,
    },
  );
  await new Promise<void>((resolve, reject) => {
    guard.once("spawn", resolve);
    guard.once("error", reject);
  });
  // The guard may be gone before the pipe is closed.
  guard.stdin.on("error", () => undefined);
  forwardLines(guard.stdout, options.onLine);
  forwardLines(guard.stderr, options.onLine);
  const pid = guard.pid as number;
  const exited = new Promise<Exit>((resolve) => {
    guard.once("exit", (code) => resolve({ code: code ?? 128 + 9 }));
  });

  return {
    pid,
    exited,
    async stop() {
      if (guard.exitCode === null && guard.signalCode === null) guard.kill(stopSignal);
      const timer = setTimeout(() => killGroup(pid), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
        guard.stdin.destroy();
      }
    },
    kill() {
      if (guard.exitCode === null && guard.signalCode === null) killGroup(pid);
      return exited;
    },
  };
}

/** Sends SIGKILL to a process group; a group that is gone already is no error. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== "ESRCH") throw err;
  }
}

function forwardLines(stream: Readable, onLine: GuardedOptions["onLine"]): void {
  if (onLine === undefined) stream.resume();
  else createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", onLine);
}
