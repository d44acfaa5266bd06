import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { killGroup, waitUntilGroupGone } from "./process-table.ts";

const goneLimitMs = 2_000;
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
  /** An open file for standard output and standard error. */
  output: number;
}

export interface Exit {
  /** The exit code; 128 + the signal's number for a command that a signal ended. */
  code: number;
}

export interface GuardedProcess {
  /** The guard's process id, which is also the id of the process group of the command and all its children. */
  pid: number;
  /** Settles when the command is gone, with all that it started; never rejects. */
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
  const graceSeconds = Math.ceil(graceMs / 1000);
  const guard = spawn(
    "/bin/sh",
    [guardScript, stopSignal.slice("SIG".length), String(graceSeconds), command, ...args],
    {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["pipe", options.output, options.output],
      ...options.user,
    },
  );
  await new Promise<void>((resolve, reject) => {
    guard.once("spawn", resolve);
    guard.once("error", reject);
  });
  guard.stdin?.on("error", () => undefined); // the guard may be gone before its input is closed
  const pid = guard.pid as number;
  let isGone = false;
  const exited = new Promise<Exit>((resolve) => {
    guard.once("exit", (code) => {
      isGone = true;
      killGroup(pid); // what the command started and left behind
      guard.stdin?.destroy();
      const exit = { code: code ?? 128 + 9 };
      // A killed process is there for a moment longer; whoever starts the next one may need its port or its folder.
      waitUntilGroupGone(pid, goneLimitMs).then(
        () => resolve(exit),
        () => resolve(exit), // the processes could not be listed
      );
    });
  });

  return {
    pid,
    exited,
    async stop() {
      if (!isGone) guard.kill(stopSignal);
      const timer = setTimeout(() => {
        if (!isGone) killGroup(pid);
      }, graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
    kill() {
      if (!isGone) killGroup(pid);
      return exited;
    },
  };
}
