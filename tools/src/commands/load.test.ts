import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCommand } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "shop-load-command-"));
const out = join(folder, "results");
const secret = "5ec7e7".repeat(10);
const usualEnv = process.env;

beforeAll(() => writeFileSync(join(folder, "secrets.json"), JSON.stringify({ loadTestClient: secret })));
beforeEach(() => {
  process.env = { PATH: usualEnv.PATH, HOME: usualEnv.HOME };
});
afterEach(() => {
  process.env = usualEnv;
  jest.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly exitCode: number;
  readonly written: string;
}

/** Runs the command in this process, as `npm run load -- …` would, up to its first fault. */
async function load(...args: string[]): Promise<Outcome> {
  let written = "";
  const write = (text: string | Uint8Array) => {
    written += text;
    return true;
  };
  jest.spyOn(process.stdout, "write").mockImplementation(write);
  const command = loadCommand().exitOverride().configureOutput({ writeErr: write, writeOut: write });
  try {
    await command.parseAsync(["--data-dir", folder, "--out", out, ...args], { from: "user" });
    return { exitCode: 0, written };
  } catch (err) {
    const { message, exitCode, code = "" } = err as { message: string; exitCode: number; code?: string };
    // What commander finds wrong is wrong usage to `shop`, whatever it says itself.
    const isUsage = code.startsWith("commander.") && exitCode !== 0;
    return { exitCode: isUsage ? 2 : exitCode, written: `${written}${message}` };
  }
}

test.each<[string, string[], string]>([
  ["no test", [], "missing argument: one of smoke, load, stress, spike, mixed"],
  ["an unknown test", ["smok"], "'smok' is invalid for argument 'test'. Allowed choices are smoke, load"],
  [
    "a scale above 1",
    ["smoke", "--scale", "2"],
    "'--scale <number>' argument '2' is invalid. expected a number above 0",
  ],
  ["a scale of 0", ["smoke", "--scale", "0"], "'--scale <number>' argument '0' is invalid"],
  ["a scale that is none", ["smoke", "--scale", ""], "'--scale <number>' argument '' is invalid"],
  ["an unknown door", ["smoke", "--door", "soap"], "'--door <which>' argument 'soap' is invalid"],
  ["a target without http", ["smoke", "--target", "127.0.0.1:8000"], "'--target <url>' argument '127.0.0.1:8000'"],
  [
    "an address without a port",
    ["smoke", "--target", "http://127.0.0.1:8000", "--grpc-target", "127.0.0.1"],
    "'--grpc-target <host:port>' argument '127.0.0.1' is invalid. expected a host and a port, such as 127.0.0.1:9080.",
  ],
  ["an address without the system's URL", ["smoke", "--payments-target", "127.0.0.1:1"], "--payments-target and"],
  ["another machine", ["smoke", "--target", "http://shop.example"], "--target http://shop.example is another machine"],
  [
    "a service on another machine",
    ["smoke", "--target", "http://127.0.0.1:8000", "--payments-target", "10.0.0.1:9082"],
    "--payments-target 10.0.0.1:9082 is another machine: put only what is yours under load, and say so with --allow-remote",
  ],
  [
    "a folder that cannot be written",
    ["smoke", "--out", "/dev/null/x"],
    "--out /dev/null/x cannot be written (ENOTDIR)",
  ],
])("refuses %s with exit code 2, naming it", async (_, args, message) => {
  const { exitCode, written } = await load(...args);
  expect(written).toContain(message);
  expect(exitCode).toBe(2);
});

test("without k6 tells how to get it, with exit code 2, before anything is started", async () => {
  process.env = { PATH: "/nowhere", HOME: folder };
  const { exitCode, written } = await load("smoke");
  expect(written).toMatch(
    /^There is no k6\. Get it, .*go install go\.k6\.io\/k6@v1\.8\.1.*brew install k6.*https:\/\//s,
  );
  expect(exitCode).toBe(2);
  process.env.K6 = "/nowhere/k6";
  expect((await load("smoke")).written).toContain("There is no k6 at /nowhere/k6.");
});

test("gives the secret of this installation to no other machine", async () => {
  const elsewhere = ["--allow-remote", "--target", "https://shop.example"];
  for (const args of [
    ["mixed", ...elsewhere],
    ["--print-env", ...elsewhere],
  ]) {
    const { exitCode, written } = await load(...args);
    expect(written).toContain("CLIENT_ID and CLIENT_SECRET");
    expect(written).not.toContain(secret);
    expect(exitCode).toBe(2);
  }
});

describe("--print-env", () => {
  test("prints what k6 needs for the running system, to be read by a shell", async () => {
    const { exitCode, written } = await load("--print-env", "--scale", "0.5");
    expect(exitCode).toBe(0);
    const lines = written.trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^export [A-Z_]+='[^']*'$/);
    expect(lines).toEqual(
      expect.arrayContaining([
        "export BASE_URL='http://127.0.0.1:8000'",
        "export GRPC_TARGET='127.0.0.1:9080'",
        "export PAYMENTS_TARGET='127.0.0.1:9082'",
        "export SCALE='0.5'",
        "export CLIENT_ID='load-test'",
        `export CLIENT_SECRET='${secret}'`,
        `export RESULTS_DIR='${out}'`,
      ]),
    );
    expect(existsSync(out)).toBe(true);
  });

  test("keeps what is odd in a password from the shell", async () => {
    process.env.DEMO_PASSWORD = "it's $(date)";
    expect((await load("--print-env")).written).toContain("export PASSWORD='it'\\''s $(date)'\n");
  });

  test("says where there is no installation to print the secret of", async () => {
    const { exitCode, written } = await load("--print-env", "--data-dir", join(folder, "none"));
    expect(written).toContain("has no secret for load tests yet: start the system once (npm start).");
    expect(exitCode).not.toBe(0);
  });
});

test("tells the tests, examples and exit codes", async () => {
  const { exitCode, written } = await load("--help");
  expect(exitCode).toBe(0);
  for (const text of ["smoke    30 s", "Examples:", "npm run load -- stress --scale 0.1", "Exit codes: 0 all limits"]) {
    expect(written).toContain(text);
  }
});
