import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newestPlugin } from "./plugin.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plugins-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "pact-plugin.json"), "{}");
  }
}

it("takes the version that is installed", () => {
  install("protobuf-0.7.1");
  expect(newestPlugin(folder)).toEqual({ version: "0.7.1", carriesErrorDetails: false });
});

it("takes the newest of several, by their numbers", () => {
  install("protobuf-0.8.9", "protobuf-0.10.0", "protobuf-0.8.10", "csv-1.0.0", "protobuf-old");
  expect(newestPlugin(folder)).toEqual({ version: "0.10.0", carriesErrorDetails: true });
});

it.each([
  ["0.7.9", false],
  ["0.8.0", false],
  ["0.8.1", true],
  ["1.0.0", true],
])("knows whether %s carries the details of errors", (version, carriesErrorDetails) => {
  install(`protobuf-${version}`);
  expect(newestPlugin(folder)).toEqual({ version, carriesErrorDetails });
});

it("names what it looked for where it is not", () => {
  const wanted = join("protobuf-<version>", "pact-plugin.json");
  install("csv-1.0.0");
  mkdirSync(join(folder, "protobuf-0.8.1"));
  expect(() => newestPlugin(folder)).toThrow(join(folder, wanted));
  expect(() => newestPlugin(join(folder, "nowhere"))).toThrow(join(folder, "nowhere", wanted));
});
