import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, removeFolders } from "../_folders.ts";
import { root } from "./_workflow.ts";

let home: string;

beforeEach(async () => {
  home = await makeFolder();
  await mkdir(join(home, "bin"));
});

afterEach(removeFolders);

it("leaves alone what is there, on PATH or where Go puts it", async () => {
  await program("bin/shellcheck", "exit 0");
  await mkdir(join(home, "go", "bin"), { recursive: true });
  await program("go/bin/k6", "exit 0");
  expect(install("shellcheck", "k6")).toEqual({ code: 0, lines: [] });
});

it("builds what is written in Go at its version, into the folder where it is looked for", async () => {
  await program("bin/go", 'echo "$@ into $GOBIN"');
  const { code, lines } = install("k6", "actionlint");
  expect(lines).toEqual([
    expect.stringMatching(/^install go\.k6\.io\/k6@v\d+\.\d+\.\d+ into .*\/go\/bin$/),
    "k6: installed",
    expect.stringMatching(/^install github\.com\/rhysd\/actionlint\/cmd\/actionlint@v\d+\.\d+\.\d+ into .*\/go\/bin$/),
    "actionlint: installed",
  ]);
  expect(code).toBe(0);
  expect(await readFile(join(home, "path"), "utf8")).toContain(join(home, "go", "bin"));
});

it("lets Go fetch the newer one that a tool is written in, unless the machine says otherwise", async () => {
  await program("bin/go", 'echo "$GOTOOLCHAIN"');
  expect(install("k6").lines).toEqual(["auto", "k6: installed"]);
});

it("fails where something is not to be had, tells why, and goes on with the rest", async () => {
  await program("bin/go", 'case "$2" in *k6*) exit 1 ;; esac');
  expect(install("redis-server", "k6", "grpcurl")).toEqual({
    code: 1,
    lines: ["there is no apt to get it from", "redis-server: not installed", "k6: not installed", "grpcurl: installed"],
  });
});

it("tells that there is no Go", () => {
  expect(install("k6")).toEqual({ code: 1, lines: ["there is no Go to build it with", "k6: not installed"] });
});

/** Runs the script on a machine that has nothing but the programs of `bin`. */
function install(...tools: string[]): { code: number | null; lines: string[] } {
  const env = { HOME: home, PATH: join(home, "bin"), GITHUB_PATH: join(home, "path") };
  const script = join(root, ".ci", "tools");
  const { status, stdout, stderr } = spawnSync("/bin/bash", [script, ...tools], { encoding: "utf8", env });
  return { code: status, lines: `${stderr}${stdout}`.split("\n").filter((line) => line !== "") };
}

async function program(path: string, script: string): Promise<void> {
  await writeFile(join(home, path), `#!/bin/sh\n${script}\n`);
  await chmod(join(home, path), 0o755);
}
