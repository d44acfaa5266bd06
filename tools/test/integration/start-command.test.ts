import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "@shop/testkit/eventually";
import { listProcesses } from "../../src/supervisor/process-table.ts";
import { makeFolder, removeFolders } from "../_folders.ts";

jest.setTimeout(120_000);

const root = join(import.meta.dirname, "..", "..", "..");
/** As `npm start` names it, from the root. */
const shop = join("tools", "src", "shop.ts");
const running: Started[] = [];

interface Started {
  process: ChildProcess;
  /** What it wrote so far, to standard output and to standard error. */
  written(): string;
}

function run(...args: string[]): Started {
  const child = spawn(process.execPath, [shop, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  const started = { process: child, written: () => text };
  running.push(started);
  return started;
}

async function untilHealthy(dataDir: string): Promise<Started> {
  const started = run("start", "--ports", "free", "--data-dir", dataDir);
  await eventually(
    () => {
      if (started.process.exitCode !== null) throw new Error(`It ended:\n${started.written()}`);
      return started.written().includes("Ctrl-C stops everything");
    },
    { timeoutMs: 60_000 },
  );
  return started;
}

async function stop({ process: child }: Started, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  const [code] = await once(child, "exit");
  return code;
}

afterAll(async () => {
  for (const { process: child } of running) {
    if (child.exitCode === null && child.signalCode === null)
      await stop({ process: child, written: String }, "SIGKILL");
  }
  await removeFolders();
});

test("shows commands that place an order when they are pasted, and finds the order at the next start, beside which no other starts", async () => {
  const dataDir = await makeFolder();
  const first = await untilHealthy(dataDir);
  const [logIn, placeOrder] = pasted(first.written());
  const { stdout } = await promisify(execFile)("bash", ["-c", `${logIn}\n${placeOrder}`]);
  const order = JSON.parse(stdout);
  expect(order).toMatchObject({ status: "Completed" });
  expect(await stop(first, "SIGINT")).toBe(0);
  expect(first.written()).toMatch(/Stopping; once more kills what is left\.\nStopped\.\n$/);
  expect((await listProcesses()).filter(({ command }) => command.includes(dataDir))).toEqual([]);

  const second = await untilHealthy(dataDir);
  const third = run("start", "--ports", "free", "--data-dir", dataDir);
  await once(third.process, "close");
  expect(third.written()).toContain(`The system runs already in this data folder (pid ${second.process.pid})`);
  expect(second.written()).not.toContain("is started again");
  const [logInAgain] = pasted(second.written());
  const rest = /REST +(\S+)/.exec(second.written())?.[1];
  const readOrder = `curl -s ${rest}/api/orders/${order.id} -H "authorization: Bearer $TOKEN"`;
  const answer = await promisify(execFile)("bash", ["-c", `${logInAgain}\n${readOrder}`]);
  expect(JSON.parse(answer.stdout)).toEqual(order);
  expect(await stop(second, "SIGTERM")).toBe(0);
});

/** The lines of the screen that log in and place an order by REST. */
function pasted(screen: string): [string, string] {
  const lines = screen.split("\n");
  const from = lines.findIndex((line) => line.startsWith("TOKEN="));
  return [lines[from] ?? "", lines[from + 1] ?? ""];
}

test.each([
  ["an unknown command", ["strat"], "unknown command 'strat'"],
  ["an unknown port", ["start", "--port", "web=80"], "expected a name and a number, such as rest=8001"],
  [
    "replicas of what runs once",
    ["start", "--replicas", "gateway=2"],
    "gateway runs only once: those that can run more",
  ],
  ["an offset that is none", ["start", "--port-offset", "-1"], "expected a whole number from 0 to 11000"],
])("refuses %s with exit code 2", async (_, args, message) => {
  const started = run(...args);
  const [code] = await once(started.process, "close");
  expect(code).toBe(2);
  expect(started.written()).toContain(message);
});

test("tells its options and exit codes", async () => {
  const started = run("start", "--help");
  const [code] = await once(started.process, "close");
  expect(code).toBe(0);
  expect(started.written()).toContain("--data-dir <folder>");
  expect(started.written()).toContain("Exit codes: 0 stopped when asked to");
});

test("says in one sentence why it cannot start, with exit code 1", async () => {
  const started = run("start", "--data-dir", "/dev/null/data");
  const [code] = await once(started.process, "close");
  expect(code).toBe(1);
  expect(started.written()).toBe(
    "The data folder /dev/null/data cannot be written (ENOTDIR): start as the user who owns it, or choose another with --data-dir.\n",
  );
});

(process.platform === "linux" ? test : test.skip)("says so when the data folder cannot be made", async () => {
  const started = run("start", "--data-dir", "/proc/data");
  const [code] = await once(started.process, "close");
  expect(code).toBe(1);
  expect(started.written()).toContain("The data folder /proc/data cannot be written (ENOENT)");
});
