import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { basic, testClient } from "../_identity.ts";
import { startIdentityProcess } from "../_identity-process.ts";

const callers = 16;
const warmUp = 1_000;
const measured = 4_000;

const agent = new Agent({ keepAlive: true, maxSockets: callers });

afterAll(() => agent.destroy());

/** One token over a connection that stays open. */
function takeToken(url: string): Promise<void> {
  const headers = { ...basic(testClient.id, testClient.secret), "content-type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const req = request(`${url}/oauth2/token`, { method: "POST", headers, agent }, (res) => {
      res.resume();
      res.on("end", () => (res.statusCode === 200 ? resolve() : reject(new Error(`answered ${res.statusCode}`))));
    });
    req.on("error", reject);
    req.end("grant_type=client_credentials");
  });
}

async function takeTokens(url: string, count: number): Promise<void> {
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await takeToken(url);
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
    const { url, pid, close } = await startIdentityProcess({ JWT_ALG });
    try {
      await takeTokens(url, warmUp);
      const before = await processorSeconds(pid);
      const startedAt = performance.now();
      await takeTokens(url, measured);
      const tokensPerCore = Math.round(measured / ((await processorSeconds(pid)) - before));
      const perSecond = Math.round(measured / ((performance.now() - startedAt) / 1000));
      process.stdout.write(`${JWT_ALG}: ${tokensPerCore} tokens a second per core, ${perSecond} by the clock\n`);
      expect(tokensPerCore).toBeGreaterThan(400);
    } finally {
      await close();
    }
  },
);
