import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findK6 } from "./find-k6.ts";

const folder = mkdtempSync(join(tmpdir(), "shop-k6-"));
const [onPath, home, gopath] = ["path", "home", "gopath"].map((name) => join(folder, name)) as [string, string, string];
const inHome = place(join(home, "go", "bin"));
const inGopath = place(join(gopath, "bin"));
const found = place(onPath);
const named = place(join(folder, "elsewhere"));

afterAll(() => rmSync(folder, { recursive: true }));

function place(inFolder: string): string {
  mkdirSync(inFolder, { recursive: true });
  const file = join(inFolder, "k6");
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
  return file;
}

test.each<[string, NodeJS.ProcessEnv, string | undefined]>([
  ["what the variable K6 names, before all else", { K6: named, PATH: onPath, HOME: home }, named],
  ["what K6 names on PATH", { K6: "k6", PATH: onPath }, found],
  [
    "nothing where K6 names nothing, whatever else there is",
    { K6: "/nowhere/k6", PATH: onPath, HOME: home },
    undefined,
  ],
  ["the one on PATH", { PATH: `/nowhere:${onPath}`, HOME: home }, found],
  ["the one that go install has put into the home folder", { PATH: "/nowhere", HOME: home }, inHome],
  ["the one of GOPATH before that of the home folder", { PATH: "", GOPATH: gopath, HOME: home }, inGopath],
  ["none", { PATH: "/nowhere" }, undefined],
])("finds %s", async (_, env, expected) => {
  expect(await findK6(env)).toBe(expected);
});
