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
