import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startGuarded } from "../../src/supervisor/guarded-process.ts";
import { isAlive } from "../../src/supervisor/process-table.ts";
import { takeRunFile } from "../../src/supervisor/run-file.ts";
import { makeFolder, removeFolders } from "../_folders.ts";

const output = openSync("/dev/null", "w");

const kill = jest.fn<Promise<void>, []>(async () => undefined);

afterEach(() => kill.mockClear());

afterAll(removeFolders);

async function runFilePath(): Promise<string> {
  return join(await makeFolder(), "run.json");
}

async function note(path: string, run: object): Promise<void> {
  await writeFile(path, JSON.stringify(run));
}

/** The id of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn("/bin/true");
  await once(child, "exit");
  return child.pid as number;
}

test("notes what was started, and removes the note when all is stopped", async () => {
  const path = await runFilePath();
  const runFile = await takeRunFile(path, 100);
  await runFile.note("orders", { pid: 4711, kill }, "order-service/src/main.ts");
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
    pid: process.pid,
    groups: { orders: { pid: 4711, command: "order-service/src/main.ts" } },
  });
  await runFile.remove();
  await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
});

test("kills what it cannot note, and notes what comes after it", async () => {
  const path = await runFilePath();
  const runFile = await takeRunFile(path, 100);
  await rm(dirname(path), { recursive: true });
  await expect(runFile.note("orders", { pid: 4711, kill }, "order-service/src/main.ts")).rejects.toThrow("ENOENT");
  expect(kill).toHaveBeenCalledTimes(1);

  await mkdir(dirname(path));
  await runFile.note("payments", { pid: 4712, kill }, "payment-service/src/main.ts");
  await runFile.remove();
  expect(await readdir(dirname(path))).toEqual([]);
  expect(kill).toHaveBeenCalledTimes(1);
});

test("refuses a folder that another run has", async () => {
  const path = await runFilePath();
  await takeRunFile(path, 100);
  await expect(takeRunFile(path, 100)).rejects.toThrow(
    `The system runs already in this data folder (pid ${process.pid}): stop it with Ctrl-C`,
  );
});

test("ends what a killed run left behind", async () => {
  const path = await runFilePath();
  const left = await startGuarded("/bin/sh", ["-c", "trap '' TERM; while :; do sleep 0.1; done"], { env: {}, output });
  await note(path, {
    pid: await endedPid(),
    startedAt: "1",
    groups: { left: { pid: left.pid, command: "while :" } },
  });
  const runFile = await takeRunFile(path, 100);
  expect(await left.exited).toEqual({ code: 137 });
  await runFile.remove();
});

test("leaves a process alone that only has the id of one that was noted", async () => {
  const path = await runFilePath();
  const stranger = await startGuarded("/bin/sh", ["-c", "exec sleep 100"], { env: { PATH: process.env.PATH }, output });
  await note(path, {
    pid: stranger.pid,
    startedAt: "1",
    groups: { orders: { pid: stranger.pid, command: "order-service/src/main.ts" } },
  });
  const runFile = await takeRunFile(path, 100);
  expect(isAlive(stranger.pid)).toBe(true);
  await runFile.remove();
  await stranger.stop();
});

test("takes a folder whose note is damaged", async () => {
  const path = await runFilePath();
  await writeFile(path, "{");
  await (await takeRunFile(path, 100)).remove();
});

test("one of many that start at once after a crash takes the folder", async () => {
  const path = await runFilePath();
  await note(path, { pid: await endedPid(), startedAt: "1", groups: {} });
  const starters = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [join(import.meta.dirname, "../fixture/run-file-taker.ts"), path], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  const said = await Promise.all(starters.map(async ({ stdout }) => String((await once(stdout, "data"))[0])));
  for (const { stdin } of starters) stdin.end();
  await Promise.all(starters.map((starter) => once(starter, "exit")));
  expect(said.filter((line) => line === "taken\n")).toHaveLength(1);
  expect(said.filter((line) => line.startsWith("The system runs already"))).toHaveLength(3);
});

test("takes a folder in which a start was killed while it took it", async () => {
  const path = await runFilePath();
  await writeFile(`${path}.starter-${await endedPid()}`, "1");
  await (await takeRunFile(path, 100)).remove();
  expect(await readdir(dirname(path))).toEqual([]);
});
