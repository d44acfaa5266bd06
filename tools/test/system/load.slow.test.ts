import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "@shop/testkit/eventually";
import { startSystem } from "@shop/testkit/system";
import { listProcesses } from "../../src/supervisor/process-table.ts";
import { makeFolder, removeFolders } from "../_folders.ts";
import { describeWithK6, k6 } from "./_k6.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const running: ChildProcess[] = [];
/** Of this test alone: temporary folders of the systems, results, and the path under which k6 is started. */
let folder: string;
let out: string;

beforeAll(async () => {
  folder = await makeFolder();
  out = join(folder, "results");
  if (k6 !== undefined) symlinkSync(k6, join(folder, "k6"));
});

afterEach(async () => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
});

afterAll(removeFolders);

interface Started {
  readonly child: ChildProcess;
  written(): string;
  ended: Promise<{ code: number | null; written: string }>;
}

/** `npm run load -- …`; `node` itself where it is to get a signal. */
function start(args: readonly string[], env: Record<string, string> = {}, command: "npm" | "node" = "npm"): Started {
  const [program, ...first] =
    command === "npm"
      ? ["npm", "run", "--silent", "load", "--"]
      : [process.execPath, join("tools", "src", "shop.ts"), "load"];
  const child = spawn(program as string, [...first, ...args, "--out", out], {
    cwd: root,
    // Tests run beside each other on few cores: nothing is refused for being late.
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: folder, K6: join(folder, "k6") },
      ...{ MAX_EVENT_LOOP_DELAY_MS: "15000", ...env },
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, written: text }));
  return { child, written: () => text, ended };
}

function summaryOf(test: string): { isPassed: boolean; outcomes: { outcome: string; count: number }[] } {
  return JSON.parse(readFileSync(join(out, `${test}-summary.json`), "utf8"));
}

/** Neither a process nor a folder of it is left. */
async function expectNothingLeft(): Promise<void> {
  expect(readdirSync(folder).filter((name) => name.startsWith("shop-load-"))).toEqual([]);
  const left = (await listProcesses()).filter(({ command }) => command.includes(folder));
  expect(left).toEqual([]);
}

const exact = "No order was lost and nobody was charged twice";

describeWithK6("a load test", () => {
  test("of orders starts a system of its own, tells of its books, and leaves nothing but its results", async () => {
    const { code, written } = await start(["smoke", "--scale", "0.2"]).ended;
    const { isPassed, outcomes } = summaryOf("smoke");

    expect(written).toContain(exact);
    expect(written).toMatch(/Measured +\d+ orders.*\nReport +\S+smoke-report\.html\nSummary +\S+smoke-summary\.json\n/);
    expect(outcomes.find(({ outcome }) => outcome === "Completed")?.count).toBeGreaterThan(0);
    // Whether it is fast enough is up to the machine and who else works on it.
    expect(code).toBe(isPassed ? 0 : 1);
    expect(readFileSync(join(out, "smoke-verdict.txt"), "utf8")).toContain(exact);
    expect(readFileSync(join(out, "smoke-report.html"), "utf8")).toMatch(/^<!doctype html>/i);
    await expectNothingLeft();
  });

  test("of payments leaves them aside in the orders' books, and holds each against the provider's", async () => {
    const { code, written } = await start(["mixed", "--scale", "0.05"]).ended;
    const { isPassed, outcomes } = summaryOf("mixed");

    expect(written).toContain(exact);
    const [, charged, refunded] = /without an order: (\d+) charged, (\d+) of them given back/.exec(written) ?? [];
    expect(Number(charged)).toBeGreaterThanOrEqual(outcomes.find(({ outcome }) => outcome === "charged")?.count ?? 1);
    expect(Number(refunded)).toBeGreaterThan(0);
    expect(code).toBe(isPassed ? 0 : 1);
    await expectNothingLeft();
  });

  test("fails with exit code 1 where a limit is not kept, though the books are exact", async () => {
    const { code, written } = await start(["smoke", "--scale", "0.1"], { PAYMENT_LIMIT: "1" }).ended;

    expect(summaryOf("smoke").isPassed).toBe(false);
    expect(written).toContain(exact);
    expect(written).toContain("The test smoke has failed: a limit was not kept.\n");
    expect(code).toBe(1);
    await expectNothingLeft();
  });

  test("that is stopped lets k6 write its report, and then ends its system", async () => {
    const { child, written, ended } = start(["smoke"], {}, "node");
    await eventually(() => expect(written()).toMatch(/running \(/), { timeoutMs: 120_000 });
    // As a terminal and npm do: both tell it of one Ctrl-C.
    child.kill("SIGINT");
    await eventually(() => expect(written()).toContain("Stopping"), { timeoutMs: 10_000, intervalMs: 5 });
    child.kill("SIGINT");

    expect(await ended).toMatchObject({ code: 130, written: expect.stringContaining("The test was stopped.\n") });
    expect(written()).toContain("smoke-report.html");
    expect(existsSync(join(out, "smoke-summary.json"))).toBe(true);
    expect(existsSync(join(out, "smoke-verdict.txt"))).toBe(false);
    await expectNothingLeft();
  });

  test("of a system that runs already finds its secret, and leaves it running", async () => {
    const system = await startSystem({ env: { ORDERS_PER_SECOND: "1000" } });
    try {
      const targets = [
        ...["--target", system.restUrl, "--grpc-target", system.grpcDoors.orders ?? ""],
        ...[
          "--payments-target",
          system.grpcDoors.payments ?? "",
          "--inventory-target",
          system.grpcDoors.inventory ?? "",
        ],
      ];
      const dataDir = ["--data-dir", dirname(system.secretsFile)];
      const { code, written } = await start(["mixed", "--scale", "0.02", ...targets, ...dataDir]).ended;

      expect(code).toBe(summaryOf("mixed").isPassed ? 0 : 1);
      expect(written).toMatch(/Measured +\d+ calls/);
      expect(written).not.toContain("Verdict");
      expect((await fetch(`${system.restUrl}/health`, { signal: AbortSignal.timeout(10_000) })).status).toBe(200);
    } finally {
      await system.stop();
    }
  });
});

describe("a load test whose k6 is a stand-in", () => {
  /** What it is told stands in its environment. */
  async function standIn(script: string): Promise<string> {
    const file = join(await makeFolder(), "k6");
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  }

  const passed = { isPassed: true, main: { count: 0 }, mainPerSecond: 1, requests: 5, errors: 0, outcomes: [] };
  /** Nothing is asked of it: the stand-in sends no requests. */
  const nowhere = ["--target", "http://127.0.0.1:1"];

  test("fails where nothing was measured of a limit, though k6 is content", async () => {
    const summary = JSON.stringify({ ...passed, isPassed: false });
    const K6 = await standIn(`echo '${summary}' > "$RESULTS_DIR/smoke-summary.json"`);
    const { code, written } = await start(["smoke", ...nowhere], { K6 }).ended;

    expect(written).toContain("The test smoke has failed: a limit was not kept or not measured.\n");
    expect(code).toBe(1);
  });

  test("refuses to write where another run of the same test writes", async () => {
    const K6 = await standIn("echo begun; exec sleep 30");
    const first = start(["smoke", ...nowhere], { K6 }, "node");
    await eventually(() => expect(first.written()).toContain("begun"), { timeoutMs: 60_000 });
    const second = await start(["smoke", ...nowhere], { K6 }).ended;

    expect(second.written).toMatch(
      /^error: --out \S+: process \d+ is running smoke and writes there: name another folder/,
    );
    expect(second.code).toBe(2);
    first.child.kill("SIGINT");
    expect((await first.ended).code).toBe(130);
    expect(readdirSync(out).filter((name) => name.includes("starter"))).toEqual([]);
  });

  test("that is stopped twice is killed, and its system's folder is gone, too", async () => {
    const K6 = await standIn("trap '' TERM INT; echo deaf; sleep 30");
    const { child, written, ended } = start(["smoke"], { K6 }, "node");
    await eventually(() => expect(written()).toContain("deaf"), { timeoutMs: 120_000 });
    child.kill("SIGINT");
    await eventually(() => expect(written()).toContain("Stopping"), { timeoutMs: 10_000 });
    // One that follows at once is npm's echo of the first.
    await eventually(() => child.exitCode !== null || !child.kill("SIGINT"), { timeoutMs: 30_000, intervalMs: 600 });

    expect((await ended).code).toBe(130);
    expect(written()).not.toContain("it is started again");
    await eventually(expectNothingLeft, { timeoutMs: 30_000 });
  });

  test("fails where callers were told of orders that the books know nothing of", async () => {
    const outcomes = [{ outcome: "Completed", count: 5 }];
    const summary = JSON.stringify({ ...passed, main: { count: 5 }, outcomes });
    const K6 = await standIn(`echo '${summary}' > "$RESULTS_DIR/smoke-summary.json"`);
    const { code, written } = await start(["smoke"], { K6 }).ended;

    expect(written).toContain("THE BOOKS ARE NOT EXACT:\n  - callers were told of 5 orders, the books have 0\n");
    expect(written).toContain("The test smoke has failed: the books are not exact.\n");
    expect(code).toBe(1);
    await expectNothingLeft();
  });

  test("fails where it ends badly, does not take an earlier report for its own, and keeps its system's folder if asked", async () => {
    const K6 = await standIn("exit 107");
    const { code, written } = await start(["smoke", "--keep"], { K6 }).ended;

    expect(written).toContain("The test smoke has failed: k6 ended with 107, k6 has written no summary.\n");
    expect(code).toBe(1);
    const kept = /Kept +(\S+): databases, secrets and logs\n/.exec(written)?.[1] ?? "";
    expect(readdirSync(join(kept, "logs"))).toContain("orders.log");
    expect((await listProcesses()).filter(({ command }) => command.includes(folder))).toEqual([]);
  });
});
