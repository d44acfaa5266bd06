/**
 * Fails where a .proto file breaks what its callers rely on (buf.yaml, `breaking`): `npm run protos:breaking`.
 * The files as they stand are compared with the last release; where there is none, with what main had when this branch left
 * it; on main itself, with the commit before. `-- --against <commit>` names another.
 * Exit code: 0 nothing is broken, 1 something is, 2 there was nothing to compare with.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** What the files are compared with, or why they cannot be. */
type Base =
  | { kind: "commit"; commit: string; what: string }
  | { kind: "none"; why: string }
  | { kind: "missing"; why: string };

const root = process.cwd();
const limitMs = 60_000;
/** What buf ends with where it has something to say of the files; with another code it has failed itself. */
const foundFaults = 100;
const { values } = parseArgs({ options: { against: { type: "string" } } });
const base = findBase(values.against);

switch (base.kind) {
  case "commit":
    process.exitCode = compare(base.commit, base.what);
    break;
  case "none":
    process.stdout.write(`Nothing to compare with: ${base.why}\n`);
    break;
  case "missing":
    process.stderr.write(`The .proto files were not compared: ${base.why}\n`);
    process.exitCode = 2;
    break;
  default:
    base satisfies never;
}

function findBase(against: string | undefined): Base {
  const head = commitOf("HEAD");
  if (head === undefined) return { kind: "missing", why: "this folder is not a git clone with a commit in it." };
  if (against !== undefined) return namedBase(against);
  return releaseBefore() ?? branchPoint(head) ?? commitBefore();
}

function namedBase(name: string): Base {
  const commit = commitOf(name);
  if (commit === undefined) return { kind: "missing", why: `there is no commit ${name} in this clone.${remedy()}` };
  return { kind: "commit", commit, what: name };
}

/** A release of this very commit would be compared with itself. */
function releaseBefore(): Base | undefined {
  const tag = git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD^");
  const commit = tag && commitOf(tag);
  return commit ? { kind: "commit", commit, what: `the release ${tag}` } : undefined;
}

function branchPoint(head: string): Base | undefined {
  const commit = git("merge-base", "HEAD", "refs/remotes/origin/main");
  if (commit === undefined || commit === head) return undefined;
  return { kind: "commit", commit, what: `main at ${short(commit)}` };
}

function commitBefore(): Base {
  const commit = commitOf("HEAD^");
  if (commit !== undefined) return { kind: "commit", commit, what: `the commit before, ${short(commit)}` };
  if (isShallow()) return { kind: "missing", why: `this clone is shallow and has no commit before HEAD.${remedy()}` };
  return { kind: "none", why: "this is the first commit." };
}

function remedy(): string {
  return isShallow() ? ' "git fetch --unshallow --tags" gets the history (in a workflow: "fetch-depth: 0").' : "";
}

function isShallow(): boolean {
  return git("rev-parse", "--is-shallow-repository") === "true";
}

function commitOf(name: string): string | undefined {
  return git("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
}

function short(commit: string): string {
  return commit.slice(0, 10);
}

/** What git writes, or undefined where it fails. */
function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8", timeout: limitMs });
  return status === 0 ? stdout.trim() : undefined;
}

/** Today's rules and today's google-proto-files hold for both sides. */
function compare(commit: string, what: string): number {
  const old = mkdtempSync(join(tmpdir(), "protos-before-"));
  try {
    unpack(commit, old);
    cpSync(join(root, "buf.yaml"), join(old, "buf.yaml"));
    symlinkSync(join(root, "node_modules"), join(old, "node_modules"), "dir");
    const buf = join(root, "node_modules/.bin/buf");
    const { status, error } = spawnSync(buf, ["breaking", "--against", old], {
      cwd: root,
      stdio: "inherit",
      timeout: limitMs,
    });
    if (status !== 0 && status !== foundFaults) {
      process.stderr.write(`The .proto files were not compared: buf failed. ${error?.message ?? ""}\n`);
      return 1;
    }
    const result = status === 0 ? "break nothing" : "break what callers rely on";
    process.stdout.write(`The .proto files ${result}: against ${what}.\n`);
    return status === 0 ? 0 : 1;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

/** Puts the .proto files of a commit into a folder. A commit without any leaves it empty. */
function unpack(commit: string, folder: string): void {
  mkdirSync(join(folder, "protos"));
  const listed = git("ls-tree", "-r", "--name-only", "-z", commit, "--", "protos")?.split("\0") ?? [];
  if (!listed.some((path) => path.endsWith(".proto"))) return;
  const archive = execFileSync("git", ["archive", commit, "protos"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
    timeout: limitMs,
  });
  execFileSync("tar", ["-x", "-C", folder], { input: archive, timeout: limitMs });
}
