import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { quietEnvironment } from "./config.ts";

/** What came of a run of tests. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

const root = join(import.meta.dirname, "..", "..");
const jest = join(root, "node_modules", "jest", "bin", "jest.js");
const summary = /^(\d+) passed, (\d+) failed/;

/** Runs the tests whose paths match, shows what they say but for the last line, and gives that. */
export async function runJest(config: string, pattern: string, env: Record<string, string>): Promise<Totals> {
  const child = spawn(process.execPath, [jest, "--config", config, "--testPathPatterns", pattern], {
    cwd: root,
    env: { ...quietEnvironment(), ...env },
    stdio: ["inherit", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  let totals: Totals | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, passed, failed] = summary.exec(line) ?? [];
    if (passed === undefined) process.stdout.write(`${line}\n`);
    else totals = { passed: Number(passed), failed: Number(failed) };
  }
  const code = await ended;
  if (totals === undefined) return { passed: 0, failed: 1 };
  return code === 0 || totals.failed > 0 ? totals : { ...totals, failed: 1 };
}
