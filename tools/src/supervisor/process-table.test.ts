import { spawn } from "node:child_process";
import { once } from "node:events";
import { familyOf, listProcesses, type ProcessEntry, parseStatus } from "./process-table.ts";

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

test("a process has ended when the last of its threads has, which hold its ports until then", () => {
  const status = (state: string, threads: number) =>
    parseStatus(`71 (a (b) c) ${state} 7 70 70 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 ${threads} 0 98765 0 0`);
  expect(status("S", 1)).toEqual({ hasEnded: false, parent: 7, group: 70, startedAt: "98765" });
  expect(status("Z", 3)).toMatchObject({ hasEnded: false });
  expect(status("Z", 1)).toMatchObject({ hasEnded: true });
});
