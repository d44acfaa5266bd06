import { silentLog } from "@shop/platform/logging";
import { defaultLoginLimits } from "../../src/domain/login-throttle.ts";
import {
  allowedPerPair,
  attack,
  botnet,
  checked,
  guesses,
  keepLoggingIn,
  type Outcome,
  stuffing,
  timesOf,
} from "../_brute-force.ts";
import { startFreshIdentity, type TestIdentity } from "../_identity.ts";

const tries = 10_000;
const seed = "brute force";
const usual = "203.0.113.1";
const { perPair, perNetwork, perAccount } = defaultLoginLimits;

/** The hashes are short and many may wait, so that it is the throttle that is measured and not how fast this machine is. */
describe("10,000 tries at POST /login", () => {
  let identity: TestIdentity;
  const told: string[] = [];

  beforeEach(async () => {
    const env = { TRUSTED_PROXIES: "127.0.0.1", ARGON2_QUEUE: "1000" };
    identity = await startFreshIdentity(env, { log: silentLog() });
    for (const username of ["alice", "bob"]) {
      const answer = await identity.login({ username, password: "demo-password" }, { "x-forwarded-for": usual });
      expect(answer.status).toBe(200);
    }
  });
  afterEach(() => identity?.close());
  afterAll(() => void process.stdout.write(`${told.join("\n")}\n`));

  function tell(what: string, outcome: Outcome): void {
    const perMinute = Math.round((checked(outcome) / outcome.seconds) * 60);
    const answers = JSON.stringify(outcome.statuses);
    told.push(
      `${what}: ${answers} in ${outcome.seconds.toFixed(1)} s, ${checked(outcome)} looked at (${perMinute} a minute)`,
    );
  }

  it("from one address at one account come to a dozen, whether it exists or not", async () => {
    const atHome = keepLoggingIn(identity, "alice", () => usual, 500);
    const known = await attack(identity, guesses(tries, seed, "alice"), 50);
    const { refused, tookMs } = await atHome.stop();
    const unknown = await attack(identity, guesses(tries, seed, "mallory"), 50);
    tell("one address, one account", known);
    tell("one address, no account", unknown);
    told.push(`  the user meanwhile: ${timesOf(tookMs)}`);

    for (const outcome of [known, unknown]) {
      expect(checked(outcome)).toBeLessThanOrEqual(allowedPerPair(perPair.burst, outcome.seconds));
      expect(outcome.letIn).toEqual([]);
    }
    expect(new Set([...known.bodies])).toEqual(new Set([...unknown.bodies]));
    expect(refused).toEqual([]);
  });

  it("from one address at as many accounts come to a few dozen, and the good pair is not found", async () => {
    const good = { username: "bob", password: "demo-password" };
    const shared = "198.51.100.2";
    const alice = { username: "alice", password: "demo-password" };
    expect((await identity.login(alice, { "x-forwarded-for": shared })).status).toBe(200);
    const neighbour = keepLoggingIn(identity, "alice", () => shared, 500);
    const outcome = await attack(identity, stuffing(tries, seed, good, 7_000), 50);
    const { refused, tookMs } = await neighbour.stop();
    tell("one address, 10,000 accounts", outcome);
    told.push(`  a user behind the same address: ${timesOf(tookMs)}, ${refused.length} refused`);

    expect(checked(outcome)).toBeLessThanOrEqual(allowedPerPair(perNetwork.burst, outcome.seconds));
    expect(outcome.letIn).toEqual([]);
    expect(refused).toEqual([]);
  });

  it("from 5,000 addresses at one account are slow, and the user gets in from the usual and from new addresses", async () => {
    // Nearly as many as are held back at once; beyond that they would go on without a wait.
    const atOnce = 480;
    const atHome = keepLoggingIn(identity, "alice", () => usual, 500);
    const away = keepLoggingIn(identity, "alice", (login) => `203.0.113.${(login % 250) + 2}`, 500);
    const outcome = await attack(identity, botnet(tries, seed, "alice", 5_000), atOnce);
    const [home, travelling] = await Promise.all([atHome.stop(), away.stop()]);
    tell("5,000 addresses, one account", outcome);
    told.push(
      `  the user at home: ${timesOf(home.tookMs)}, ${home.refused.length} times 503`,
      `  from new addresses: ${timesOf(travelling.tookMs)}, ${travelling.refused.length} times 503`,
    );

    expect(outcome.letIn).toEqual([]);
    expect(home.refused).toEqual([]);
    // A machine that does much else at the time cannot take all; nothing but that ever refuses the user.
    expect(travelling.refused.filter((status) => status !== 503)).toEqual([]);
    const shortestWaitMs = perAccount.longestDelayMs * 0.75;
    expect(checked(outcome) / outcome.seconds).toBeLessThanOrEqual((atOnce / shortestWaitMs) * 1000);
    expect(Math.max(...travelling.tookMs)).toBeLessThan(30_000);
    expect(Math.max(...home.tookMs)).toBeLessThan(10_000);
  });

  it("from many addresses are answered alike for an account that exists and for one that does not", async () => {
    const count = tries / 10;
    const [known, unknown] = await Promise.all(
      ["bob", "mallory"].map((username) => attack(identity, botnet(count, seed, username, count), 225)),
    );
    if (!known || !unknown) throw new Error("There are two attacks.");
    tell("1,000 addresses, one account", known);
    tell("1,000 addresses, no account", unknown);

    const [ofKnown, ofUnknown] = [known, unknown].map(({ bodies }) =>
      [...bodies].filter((one) => !one.startsWith("503")),
    );
    expect(ofKnown).toEqual(ofUnknown);
    expect(ofKnown).toEqual([expect.stringMatching(/^401 /)]);
    for (const { statuses } of [known, unknown]) expect(statuses[401]).toBeGreaterThan(count * 0.9);
  });
});
