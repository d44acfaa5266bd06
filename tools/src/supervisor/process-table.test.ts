import { spawn } from "node:child_process";
import { once } from "node:events";
import { familyOf, listProcesses, type ProcessEntry } from "./process-table.ts";

const entry = (pid: number, parent: number): ProcessEntry => ({ pid, parent, group: pid, startedAt: "", command: "" });

test("a family is a process and all that descend from it, whatever groups they lead", () => {
  const processes = [entry(1, 0), entry(20, 1), entry(30, 20), entry(31, 20), entry(40, 31), entry(50, 1)];
  expect(familyOf(20, processes).map(({ pid }) => pid)).toEqual([20, 30, 31, 40]);
  expect(familyOf(99, processes)).toEqual([]);
});

test("a process is listed with its parent and its group", async () => {
  const child = spawn("sh", ["-c", "read -r _"], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  try {
    const found = (await listProcesses()).find(({ pid }) => pid === child.pid);
    expect(found).toMatchObject({
      parent: process.pid,
      group: child.pid,
      command: expect.stringContaining("read -r _"),
    });
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
});
