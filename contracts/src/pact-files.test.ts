import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differencesOf, replacePacts, tidyPacts, toCommittedForm } from "./pact-files.ts";

let folder: string;
let written: string;
let committed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pact-files-"));
  [written, committed] = ["written", "committed"].map((name) => join(folder, name)) as [string, string];
  mkdirSync(written);
});
afterEach(() => rmSync(folder, { recursive: true }));

function pact(...interactions: object[]): string {
  const metadata = { pactRust: { ffi: "0.5.8" }, "pact-js": { version: "17" }, pactSpecification: { version: "4.0" } };
  return JSON.stringify({ provider: { name: "p" }, interactions, metadata, consumer: { name: "c" } });
}

it("writes the same pact whatever the order of its interactions and members, without the versions of tools", () => {
  const one = toCommittedForm(pact({ description: "b", type: "x" }, { type: "x", description: "a" }));
  expect(toCommittedForm(pact({ description: "a", type: "x" }, { description: "b", type: "x" }))).toBe(one);
  expect(one).not.toMatch(/ffi|pact-js/);
  expect(one.endsWith("}\n")).toBe(true);
  expect(toCommittedForm(one)).toBe(one);
});

it("names what is new, gone and changed", () => {
  mkdirSync(committed);
  const put = (to: string, file: string, ...interactions: object[]) =>
    writeFileSync(join(to, file), pact(...interactions));
  put(written, "same.json", { description: "a" });
  put(committed, "same.json", { description: "a" });
  put(written, "first.json", { description: "a" });
  put(committed, "last.json", { description: "a" });
  put(written, "other.json", { description: "a", pending: true }, { description: "b" });
  put(committed, "other.json", { description: "a", pending: false }, { description: "c" });
  for (const one of [written, committed]) tidyPacts(one);
  expect(differencesOf(written, committed)).toEqual([
    { file: "first.json", what: "it is new" },
    { file: "last.json", what: "no consumer writes it any more" },
    { file: "other.json", what: 'new: "b"; gone: "c"; changed: "a"' },
  ]);
});

it("replaces pacts whole, also where there were none", () => {
  writeFileSync(join(written, "a.json"), "1");
  replacePacts(committed, written);
  writeFileSync(join(committed, "b.json"), "2");
  replacePacts(committed, written);
  expect(readdirSync(committed)).toEqual(["a.json"]);
  expect(readFileSync(join(committed, "a.json"), "utf8")).toBe("1");
});
