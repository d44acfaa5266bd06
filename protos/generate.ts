/**
 * Writes `protos/gen` (code, descriptors and the reference) anew from the .proto files: `npm run protos`.
 * With `--check` it writes nothing and fails where the committed code differs: `npm run protos:check`.
 */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readContracts } from "./reference/contracts.ts";
import { referencePage } from "./reference/page.ts";

const root = join(import.meta.dirname, "..");
const gen = join(import.meta.dirname, "gen");
const google = "node_modules/google-proto-files/google/rpc";
/** What the servers show by reflection: our own services with the details of their errors, and the one that tells their health. */
const describedSources = [
  ["--path", "protos/shop", "--path", `${google}/error_details.proto`],
  ["node_modules/grpc-health-check/proto"],
];
const fresh = mkdtempSync(join(tmpdir(), "protos-"));

try {
  execFileSync(
    join(root, "node_modules/.bin/buf"),
    [
      "generate",
      "--template",
      readFileSync(join(root, "buf.gen.yaml"), "utf8").replace("out: protos/gen", `out: ${fresh}`),
      ...["protos/shop", `${google}/status.proto`, `${google}/error_details.proto`].flatMap((path) => ["--path", path]),
    ],
    { cwd: root, stdio: "inherit" },
  );
  const descriptors = Buffer.concat(describedSources.map(describe));
  writeFileSync(join(fresh, "descriptors.binpb"), descriptors);
  const style = readFileSync(join(import.meta.dirname, "reference", "style.css"), "utf8");
  writeFileSync(join(fresh, "reference.html"), referencePage(readContracts(descriptors), style));
  if (process.argv.includes("--check")) {
    const stale = differences(gen, fresh);
    if (stale.length > 0) {
      process.stderr.write(`protos/gen is not what the .proto files say; run "npm run protos":\n${stale.join("\n")}\n`);
      process.exitCode = 1;
    }
  } else {
    rmSync(gen, { recursive: true, force: true });
    cpSync(fresh, gen, { recursive: true });
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** A FileDescriptorSet, with comments. Two of them, one behind the other, are one set of both. */
function describe(source: string[]): Buffer {
  const path = join(fresh, "described.binpb");
  execFileSync(join(root, "node_modules/.bin/buf"), ["build", "--output", path, ...source], {
    cwd: root,
    stdio: "inherit",
  });
  const set = readFileSync(path);
  rmSync(path);
  return set;
}

/** The files that stand in one folder only, or differ. */
function differences(left: string, right: string): string[] {
  const files = new Set([left, right].flatMap((folder) => globSync("**/*.{ts,binpb,html}", { cwd: folder })));
  return [...files].sort().filter((file) => read(left, file) !== read(right, file));
}

function read(folder: string, file: string): string | undefined {
  try {
    return readFileSync(join(folder, file), "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
