import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, removeFolders } from "../_folders.ts";
import { root } from "./_workflow.ts";

/** What a program of the copy answers: its exit code, and what it writes. */
interface Answer {
  readonly code?: number;
  readonly text?: string;
}

const suites = ["test", "test:contract", "security", "test:slow"];
const passing = Object.fromEntries(suites.map((suite) => [suite, { text: "10 passed, 0 failed, 1 skipped" }]));

afterEach(removeFolders);

it("ends with the sum of all suites", async () => {
  const { code, lines } = await run({ npm: passing });
  expect(lines.at(-1)).toBe("40 passed, 0 failed, 4 skipped");
  expect(code).toBe(0);
});

it("runs the slow suite last, with k6 demanded where it could be built", async () => {
  const { lines } = await run({ npm: passing });
  expect(lines.filter((line) => line.startsWith("== npm run"))).toEqual(
    ["check", "protos:breaking", ...suites].map((script) => `== npm run ${script}`),
  );
  expect(lines).toContain("test:slow demands k6: 1");
  expect(lines).toContain("test demands k6: ");
});

it("tells that k6 could not be built, and goes on without", async () => {
  const { code, lines } = await run({ npm: passing, tools: { code: 1, text: "k6: not installed" } });
  expect(lines).toContain("k6: not installed");
  expect(lines).toContain("test:slow demands k6: ");
  expect(code).toBe(0);
});

it("does not fail because a shallow clone has nothing to compare with, and says so", async () => {
  const { code, lines } = await run({ npm: { ...passing, "protos:breaking": { code: 2 } } });
  expect(lines).toContain("npm run protos:breaking: not compared");
  expect(code).toBe(0);
});

it.each([
  { what: "a contract is broken", answers: { npm: { ...passing, "protos:breaking": { code: 1 } } } },
  { what: "a check fails", answers: { npm: { ...passing, check: { code: 1 } } } },
  { what: "a script is at fault", answers: { npm: passing, lint: { code: 1 } } },
])("fails where $what, and runs the tests all the same", async ({ answers }) => {
  const { code, lines } = await run(answers);
  expect(lines).toContain("a check failed: see above");
  expect(lines.at(-1)).toBe("40 passed, 0 failed, 4 skipped");
  expect(code).toBe(1);
});

it("fails where a test does, and where a suite ends without a result", async () => {
  const one = await run({ npm: { ...passing, security: { code: 1, text: "9 passed, 1 failed" } } });
  expect(one).toMatchObject({ code: 1 });
  expect(one.lines.at(-1)).toBe("39 passed, 1 failed, 3 skipped");
  const none = await run({ npm: { ...passing, "test:contract": { text: "Segmentation fault" } } });
  expect(none.lines).toContain("npm run test:contract ended without a result");
  expect(none).toMatchObject({ code: 1 });
});

/** Runs a copy of the script among programs that only answer. */
async function run(answers: { npm: Record<string, Answer>; tools?: Answer; lint?: Answer }) {
  const folder = await makeFolder();
  await mkdir(join(folder, ".ci"));
  await mkdir(join(folder, "bin"));
  await copyFile(join(root, ".ci", "run"), join(folder, ".ci", "run"));
  await program(join(folder, ".ci", "tools"), answering(answers.tools));
  await program(join(folder, ".ci", "lint"), answering(answers.lint));
  const cases = Object.entries(answers.npm).map(([script, answer]) => `run-${script}) ${answering(answer)} ;;`);
  const npm = `echo "$2 demands k6: $REQUIRE_K6"\ncase "$1-$2" in\n${cases.join("\n")}\nesac`;
  await program(join(folder, "bin", "npm"), npm);
  const env = { HOME: folder, TMPDIR: folder, PATH: `${join(folder, "bin")}:/usr/local/bin:/usr/bin:/bin` };
  const { status, stdout, stderr } = spawnSync("bash", [join(folder, ".ci", "run")], { encoding: "utf8", env });
  return { code: status, lines: `${stderr}${stdout}`.trimEnd().split("\n") };
}

function answering({ code = 0, text = "" }: Answer = {}): string {
  return `echo "${text}"; exit ${code}`;
}

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}
