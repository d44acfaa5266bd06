import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";
import { startGuarded } from "../../src/supervisor/guarded-process.ts";
import { listProcesses, waitUntilGroupGone } from "../../src/supervisor/process-table.ts";

const output = openSync("/dev/null", "w");
const env = { PATH: process.env.PATH };
const shell = (script: string, graceMs?: number) => startGuarded("/bin/sh", ["-c", script], { env, graceMs, output });

test("tells the exit code of its command", async () => {
  const guarded = await shell("exit 7");
  expect(await guarded.exited).toEqual({ code: 7 });
});

test("asks the command to stop and waits for it", async () => {
  const guarded = await shell("trap 'exit 5' TERM; while :; do sleep 0.05; done");
  await commandRuns(guarded.pid, "while");
  expect(await guarded.stop()).toEqual({ code: 5 });
});

test("kills a command that does not stop, and its children", async () => {
  const guarded = await shell("trap '' TERM; sleep 100 & wait; sleep 100", 200);
  await commandRuns(guarded.pid, "sleep 100");
  expect(await guarded.stop()).toEqual({ code: 137 });
  expect(await waitUntilGroupGone(guarded.pid, 2_000)).toBe(true);
});

test("stopping what has ended already changes nothing", async () => {
  const guarded = await shell("exit 0");
  await guarded.exited;
  expect(await guarded.stop()).toEqual({ code: 0 });
  expect(await guarded.kill()).toEqual({ code: 0 });
});

test.each([
  ["stops", "sleep 100"],
  ["kills, when it does not stop,", "trap '' TERM; while :; do sleep 1; done"],
])("%s the command of a starter that was killed", async (_, script) => {
  const starter = spawn(process.execPath, [join(import.meta.dirname, "../fixture/starter.ts"), "300", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(starter.stdout, "data");
  const group = Number(String(line));
  await commandRuns(group, "sleep");
  starter.kill("SIGKILL");
  expect(await waitUntilGroupGone(group, 5_000)).toBe(true);
});

/** The command has set its traps by then. */
async function commandRuns(group: number, part: string): Promise<void> {
  for (let attempt = 1; attempt <= 200; attempt += 1) {
    const members = (await listProcesses()).filter((entry) => entry.group === group);
    if (members.some(({ command }) => command.includes(part) && !command.includes("guard.sh"))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`No member of group ${group} runs ${part}.`);
}
