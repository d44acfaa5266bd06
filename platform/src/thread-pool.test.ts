import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** In a process of its own: priorities cannot be raised again. */
const program = `
  import { readdirSync, readFileSync } from "node:fs";
  import { readFile } from "node:fs/promises";
  import { lowerThreadPoolPriority } from ${JSON.stringify(join(import.meta.dirname, "thread-pool.ts"))};
  await readFile("/proc/self/comm");
  const count = lowerThreadPoolPriority(7);
  const stats = readdirSync("/proc/self/task").map((id) => readFileSync("/proc/self/task/" + id + "/stat", "utf8"));
  const threads = stats.map((stat) => [/\\((.*)\\)/.exec(stat)[1], Number(stat.replace(/.*\\) /, "").split(" ")[16])]);
  process.stdout.write(JSON.stringify({ count, threads }));
`;

const onLinux = process.platform === "linux" ? test : test.skip;

/** A thread that ends while it is looked at, and one whose priority may not be changed. */
const hostileProgram = `
  import fs from "node:fs";
  import os from "node:os";
  import { syncBuiltinESMExports } from "node:module";
  const { readFileSync, readdirSync } = fs;
  const tasks = "/proc/self/task";
  fs.readdirSync = (path, ...rest) => (path === tasks ? ["999999999", ...readdirSync(path)] : readdirSync(path, ...rest));
  os.setPriority = () => { throw new Error("EACCES"); };
  syncBuiltinESMExports();
  const { lowerThreadPoolPriority } = await import(${JSON.stringify(join(import.meta.dirname, "thread-pool.ts"))});
  await fs.promises.readFile("/proc/self/comm");
  const count = lowerThreadPoolPriority();
  fs.readdirSync = () => { throw new Error("ENOENT"); };
  syncBuiltinESMExports();
  process.stdout.write(JSON.stringify([count, lowerThreadPoolPriority()]));
`;

onLinux("a thread that has ended, or a system that forbids it, is no failure", async () => {
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", hostileProgram];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(JSON.parse(stdout)).toEqual([0, 0]);
});

onLinux("the threads of the pool give way, and no other thread does", async () => {
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  const { count, threads } = JSON.parse(stdout) as { count: number; threads: [string, number][] };
  expect(count).toBeGreaterThan(0);
  const given = threads.filter(([name]) => name === "libuv-worker");
  expect(given).toEqual(Array(count).fill(["libuv-worker", 7]));
  const others = threads.filter(([name]) => name !== "libuv-worker").map(([, nice]) => nice);
  expect(others.every((nice) => nice < 7)).toBe(true);
});
