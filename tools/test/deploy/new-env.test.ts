import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readConfig } from "../../../identity-service/src/config.ts";
import { findOnPath } from "../../src/system/find-on-path.ts";
import { environmentOf, interpolated, readCompose, root, variablesOf } from "./_compose.ts";

const run = promisify(execFile);
const script = "deploy/compose/new-env";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shop-test-new-env-"));
  await mkdir(join(folder, "deploy", "compose"), { recursive: true });
  for (const file of [script, ".env.example"]) await copyFile(join(root, file), join(folder, file));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const made = async () => variablesOf(await readFile(join(folder, ".env"), "utf8"));
const newEnv = (...args: string[]) => run(join(folder, script), args, { cwd: tmpdir(), timeout: 20_000 });

test("makes secrets that nobody else has, and the hashes that belong to them", async () => {
  await newEnv();

  const env = await made();
  const secrets = Object.keys(env).filter((name) => /_(PASSWORD|SECRET)$/.test(name));
  expect(secrets).toHaveLength(10);
  expect(new Set(secrets.map((name) => env[name])).size).toBe(secrets.length);
  for (const name of secrets) expect(env[name]).toMatch(/^[0-9a-f]{64}$/);
  for (const client of ["ORDER_SERVICE", "NOTIFICATION_SERVICE", "LOAD_TEST"]) {
    const hash = createHash("sha256")
      .update(env[`${client}_CLIENT_SECRET`] ?? "")
      .digest("hex");
    expect(env[`${client}_CLIENT_SHA256`]).toBe(hash);
  }
});

test("makes what docker-compose.yaml needs, for the owner's eyes only", async () => {
  await newEnv();

  expect((await stat(join(folder, ".env"))).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual([".env", ".env.example", "deploy"]);
  expect(identityOf(await made())).toMatchObject({ mode: "demo" });
});

test("makes an .env for production without anything of the demo", async () => {
  await newEnv("--production");

  const env = await made();
  expect(Object.keys(env).filter((name) => name.startsWith("LOAD_TEST"))).toEqual([]);
  expect(identityOf(env)).toMatchObject({ mode: "production" });
});

test("leaves an .env that is there as it is", async () => {
  await newEnv();
  const before = await readFile(join(folder, ".env"), "utf8");

  await expect(newEnv()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("There is an .env already"),
  });
  expect(await readFile(join(folder, ".env"), "utf8")).toBe(before);
});

test("refuses what it does not know", async () => {
  await expect(newEnv("--prod")).rejects.toMatchObject({ code: 2 });
  expect(await readdir(folder)).not.toContain(".env");
});

test.each(["sha256sum", "shasum", "openssl"])("takes %s for the hashes where that is all there is", async (program) => {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const needed = ["sh", "dirname", "od", "tr", "cut", "cat", "rm", program];
  const found = await Promise.all(needed.map((name) => findOnPath(name, process.env.PATH)));
  if (found.includes(undefined)) return;
  await Promise.all(found.map((path = "", index) => symlink(path, join(bin, needed[index] ?? ""))));

  await run(join(folder, script), [], { env: { PATH: bin }, timeout: 20_000 });

  const env = await made();
  const hash = createHash("sha256")
    .update(env.ORDER_SERVICE_CLIENT_SECRET ?? "")
    .digest("hex");
  expect(env.ORDER_SERVICE_CLIENT_SHA256).toBe(hash);
});

test.each(["od", "sha256sum"])("makes no .env where there is no %s", async (missing) => {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const needed = ["sh", "dirname", "od", "tr", "cut", "cat", "rm", "sha256sum"].filter((name) => name !== missing);
  const found = await Promise.all(needed.map((name) => findOnPath(name, process.env.PATH)));
  if (found.includes(undefined)) return;
  await Promise.all(found.map((path = "", index) => symlink(path, join(bin, needed[index] ?? ""))));

  await expect(run(join(folder, script), [], { env: { PATH: bin }, timeout: 20_000 })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("could not be made"),
  });
  expect((await readdir(folder)).toSorted()).toEqual([".env.example", "bin", "deploy"]);
});

test("shellcheck has nothing to say of the scripts", async () => {
  if ((await findOnPath("shellcheck", process.env.PATH)) === undefined) return;
  const scripts = [script, "deploy/compose/make-databases"].map((name) => join(root, name));
  await expect(run("shellcheck", scripts, { timeout: 20_000 })).resolves.toMatchObject({ stdout: "" });
});

function identityOf(env: NodeJS.Dict<string>): unknown {
  return readConfig(environmentOf(interpolated(readCompose(), env).services["identity-service"] ?? {}, env));
}
