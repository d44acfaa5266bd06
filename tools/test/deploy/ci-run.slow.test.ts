import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { eventually } from "@shop/testkit/eventually";
import { makeFolder, removeFolders } from "../_folders.ts";
import { root } from "./_workflow.ts";

/** What a program of the copy answers: its exit code, and what it writes. */
interface Answer {
  readonly code?: number;
  readonly text?: string;
}

interface Answers {
  readonly npm: Record<string, Answer>;
  readonly tools?: Answer;
  readonly lint?: Answer;
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
  expect(none.lines.at(-1)).toBe("30 passed, 1 failed, 3 skipped");
  expect(none).toMatchObject({ code: 1 });
});

it("fails with a last line where nothing could be installed, and runs nothing then", async () => {
  const { code, lines } = await run({ npm: { ...passing, ci: { code: 1, text: "no network" } } });
  expect(lines).toContain("no network");
  expect(lines).not.toContain("== npm run test");
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
  expect(code).toBe(1);
});

it("ends where a suite has, though something that it left behind still holds its output", async () => {
  const left = { text: '10 passed, 0 failed"; sleep 120 & echo "left behind: $!' };
  const { code, lines } = await run({ npm: { ...passing, security: left } });
  expect(lines.at(-1)).toBe("40 passed, 0 failed, 3 skipped");
  expect(code).toBe(0);
  const id = Number(
    lines
      .find((line) => line.startsWith("left behind: "))
      ?.split(" ")
      .at(-1),
  );
  expect(isAlive(id)).toBe(true);
  process.kill(id);
});

it.each([
  { signal: "SIGINT", what: "npm" },
  { signal: "SIGTERM", what: "npm" },
  { signal: "SIGTERM", what: "k6" },
] as const)("ends $what on $signal, and with a last line", async ({ signal, what }) => {
  const folder = await makeCopy({ npm: passing });
  if (what === "npm") await program(join(folder, "bin", "npm"), hanging("npm"));
  else await program(join(folder, ".ci", "tools"), `[ "$1" != k6 ] || { ${hanging("k6")}; }`);
  const script = spawn("bash", [join(folder, ".ci", "run")], {
    env: environment(folder),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const written = text(script.stdout);
  const id = await eventually(() => idIn(join(folder, what)), { timeoutMs: 15_000 });
  script.kill(signal);
  const [code] = await once(script, "exit");
  expect(code).toBe(signal === "SIGINT" ? 130 : 143);
  expect((await written).trimEnd()).toMatch(/stopped before the end\n\d+ passed, 1 failed(, \d+ skipped)?$/);
  expect(isAlive(id)).toBe(false);
});

/** Runs a copy of the script among programs that only answer. */
async function run(answers: Answers) {
  const folder = await makeCopy(answers);
  const options = { encoding: "utf8", env: environment(folder) } as const;
  const { status, stdout, stderr } = spawnSync("bash", [join(folder, ".ci", "run")], options);
  return { code: status, lines: `${stderr}${stdout}`.trimEnd().split("\n") };
}

async function makeCopy(answers: Answers): Promise<string> {
  const folder = await makeFolder();
  await mkdir(join(folder, ".ci"));
  await mkdir(join(folder, "bin"));
  await copyFile(join(root, ".ci", "run"), join(folder, ".ci", "run"));
  await program(join(folder, ".ci", "tools"), answering(answers.tools));
  await program(join(folder, ".ci", "lint"), answering(answers.lint));
  const cases = Object.entries(answers.npm).map(
    ([script, answer]) => `run-${script} | ${script}-) ${answering(answer)} ;;`,
  );
  const npm = `echo "$2 demands k6: $REQUIRE_K6"\ncase "$1-$2" in\n${cases.join("\n")}\nesac`;
  await program(join(folder, "bin", "npm"), npm);
  return folder;
}

function environment(folder: string) {
  return { HOME: folder, TMPDIR: folder, PATH: `${join(folder, "bin")}:/usr/local/bin:/usr/bin:/bin` };
}

/** Writes its own id into a file and stays for longer than any test. */
function hanging(name: string): string {
  return `echo $$ >"$HOME/${name}.new" && mv "$HOME/${name}.new" "$HOME/${name}" && exec sleep 120`;
}

function idIn(file: string): number {
  return Number(readFileSync(file, "utf8"));
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false; // there is no such process
  }
}

function answering({ code = 0, text = "" }: Answer = {}): string {
  return `echo "${text}"; exit ${code}`;
}

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}
