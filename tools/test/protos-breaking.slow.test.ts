import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, removeFolders } from "./_folders.ts";

const root = join(import.meta.dirname, "..", "..");
const payments = "protos/shop/payments/v1/payments.proto";
const status = "PAYMENT_STATUS_COMPLETED = 2;";

let clone: string;

beforeEach(async () => {
  clone = await makeFolder();
  await cp(join(root, "buf.yaml"), join(clone, "buf.yaml"));
  await mkdir(join(clone, "protos"));
  await cp(join(root, "protos", "shop"), join(clone, "protos", "shop"), { recursive: true });
  await symlink(join(root, "node_modules"), join(clone, "node_modules"), "dir");
  git(clone, "init", "--quiet", "--initial-branch", "main");
  commit("the contracts");
});

afterEach(removeFolders);

it("is red where the number of a field was changed", async () => {
  await change("string order_id = 1;", "string order_id = 15;");
  commit("a break");
  const { code, output } = check();
  expect(output).toContain('field "1" with name "order_id" on message');
  expect(output).toContain("break what callers rely on: against the commit before");
  expect(code).toBe(1);
});

it("is red for names and types as for numbers", async () => {
  await change("string order_id = 1;", "bytes order = 1;");
  await change(status, "PAYMENT_STATUS_COMPLETED = 12;");
  await change("rpc GetPayment(", "rpc ReadPayment(");
  commit("breaks");
  const { code, output } = check();
  expect(output).toContain('from "order_id" to "order"');
  expect(output).toContain('type from "string" to "bytes"');
  expect(output).toContain('enum value "2"');
  expect(output).toContain('RPC "GetPayment"');
  expect(code).toBe(1);
});

it("does not take a failure of buf for a break", async () => {
  await writeFile(join(clone, "buf.yaml"), "version: v9\n");
  commit("rules that buf cannot read");
  const { code, output } = check();
  expect(output).toContain("The .proto files were not compared: buf failed.");
  expect(output).not.toContain("break what callers rely on");
  expect(code).toBe(1);
});

it("is green where something was added", async () => {
  await change(status, `${status}\n  // For a test.\n  PAYMENT_STATUS_ADDED = 99;`);
  commit("an addition");
  expect(check()).toMatchObject({
    code: 0,
    output: expect.stringContaining("break nothing: against the commit before"),
  });
});

it("compares with the last release, however long ago it was, and a release with the one before", async () => {
  git(clone, "tag", "v1.0.0");
  await breakAndGoOn();
  expect(check()).toMatchObject({ code: 1, output: expect.stringContaining("against the release v1.0.0") });
  git(clone, "tag", "v1.1.0");
  expect(check()).toMatchObject({ code: 1, output: expect.stringContaining("against the release v1.0.0") });
});

it("compares a branch with main as it was when the branch left it", async () => {
  git(clone, "update-ref", "refs/remotes/origin/main", "HEAD");
  await breakAndGoOn();
  expect(check()).toMatchObject({ code: 1, output: expect.stringContaining("against main at ") });
});

it("compares with the commit that is named", async () => {
  const before = git(clone, "rev-parse", "HEAD");
  await breakAndGoOn();
  expect(check().code).toBe(0);
  expect(check(["--against", before])).toMatchObject({ code: 1, output: expect.stringContaining(`against ${before}`) });
});

it("has nothing to compare the first commit with", () => {
  expect(check()).toMatchObject({ code: 0, output: expect.stringContaining("this is the first commit") });
});

it("tells what a shallow clone lacks and how to get it, with an exit code of its own", async () => {
  await breakAndGoOn();
  const shallow = join(await makeFolder(), "clone");
  git(clone, "clone", "--quiet", "--depth", "1", `file://${clone}`, shallow);
  await symlink(join(root, "node_modules"), join(shallow, "node_modules"), "dir");
  const { code, output } = check([], shallow);
  expect(output).toContain("shallow and has no commit before HEAD");
  expect(output).toContain("git fetch --unshallow --tags");
  expect(code).toBe(2);
});

it("tells that a commit is not in the clone, and that a folder is none", async () => {
  expect(check(["--against", "nowhere"])).toMatchObject({
    code: 2,
    output: expect.stringContaining("no commit nowhere"),
  });
  expect(check([], await makeFolder())).toMatchObject({
    code: 2,
    output: expect.stringContaining("not a git clone"),
  });
});

/** Breaks a contract, commits that, and commits something harmless on top of it. */
async function breakAndGoOn(): Promise<void> {
  await change(status, "PAYMENT_STATUS_COMPLETED = 12;");
  commit("a break");
  await writeFile(join(clone, "README.md"), "Something else.\n");
  commit("something else");
}

async function change(from: string, to: string): Promise<void> {
  const before = await readFile(join(clone, payments), "utf8");
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  await writeFile(join(clone, payments), after);
}

function commit(message: string): void {
  git(clone, "add", "buf.yaml", "protos", ...(message === "something else" ? ["README.md"] : []));
  git(clone, "commit", "--quiet", "-m", message);
}

function check(args: readonly string[] = [], cwd = clone): { code: number | null; output: string } {
  const script = join(root, "protos", "check-breaking.ts");
  const options = { cwd, encoding: "utf8", env: env() } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], options);
  return { code: status, output: stdout + stderr };
}

function git(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd, encoding: "utf8", env: env() });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** Nothing of the machine's git but the program: no settings, no signing, no repository that a hook stands in. */
function env(): NodeJS.ProcessEnv {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  const who = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" };
  return { ...Object.fromEntries(rest), ...who, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
}
