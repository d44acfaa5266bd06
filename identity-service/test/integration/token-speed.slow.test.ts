import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { basic, testClient, testEnvironment } from "../_identity.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const callers = 16;
const warmUp = 1_000;
const measured = 4_000;

let database: TestDatabase;
let port: number;
let service: ChildProcess | undefined;
const agent = new Agent({ keepAlive: true, maxSockets: callers });

beforeEach(async () => {
  database = await createTestDatabase();
  port = await freePort();
});
afterEach(async () => {
  if (service && service.exitCode === null) {
    service.kill("SIGTERM");
    await once(service, "exit");
  }
  await database.drop();
});
afterAll(() => agent.destroy());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return free;
}

/** One token over a connection that stays open. */
function takeToken(): Promise<void> {
  const headers = { ...basic(testClient.id, testClient.secret), "content-type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const req = request({ port, path: "/oauth2/token", method: "POST", headers, agent }, (res) => {
      res.resume();
      res.on("end", () => (res.statusCode === 200 ? resolve() : reject(new Error(`answered ${res.statusCode}`))));
    });
    req.on("error", reject);
    req.end("grant_type=client_credentials");
  });
}

async function takeTokens(count: number): Promise<void> {
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await takeToken();
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

/** The processor time that the service has used so far, in seconds. */
async function processorSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

// Per second of its processor time and not of the clock, so that a busy machine measures the same.
const onLinux = process.platform === "linux" ? test : test.skip;
onLinux.each(["ES256", "RS256"])(
  "one core gives at least 400 client-credential tokens a second with %s",
  async (JWT_ALG) => {
    const env = testEnvironment(database.url, { JWT_ALG, HTTP_PORT: String(port), LOG_LEVEL: "info" });
    service = spawn(process.execPath, [main], { env: { ...env, PATH: process.env.PATH }, stdio: "ignore" });
    await eventually(() => takeToken(), { timeoutMs: 30_000 });
    await takeTokens(warmUp);

    const pid = service.pid as number;
    const before = await processorSeconds(pid);
    const startedAt = performance.now();
    await takeTokens(measured);
    const tokensPerCore = Math.round(measured / ((await processorSeconds(pid)) - before));
    const perSecond = Math.round(measured / ((performance.now() - startedAt) / 1000));
    process.stdout.write(`${JWT_ALG}: ${tokensPerCore} tokens a second per core, ${perSecond} by the clock\n`);
    expect(tokensPerCore).toBeGreaterThan(400);
  },
);
