import { defaultLoginLimits } from "../../src/domain/login-throttle.ts";
import { allowedPerPair, attack, botnet, checked, guesses, keepLoggingIn, stuffing } from "../_brute-force.ts";
import { startFreshIdentity, type TestIdentity } from "../_identity.ts";

/** The small part of test/security/brute-force.security.test.ts, with the same generators. */
describe("guessing passwords at POST /login, a little", () => {
  const { perPair, perNetwork } = defaultLoginLimits;
  const seed = "a little";
  let identity: TestIdentity;

  beforeAll(async () => {
    identity = await startFreshIdentity({ TRUSTED_PROXIES: "127.0.0.1" });
  });
  afterAll(() => identity?.close());

  it("from one address comes to a few passwords, for an account that exists as for one that does not", async () => {
    const known = await attack(identity, guesses(150, seed, "alice"), 15);
    const unknown = await attack(identity, guesses(150, seed, "mallory"), 15);
    for (const outcome of [known, unknown]) {
      expect(checked(outcome)).toBeGreaterThanOrEqual(perPair.burst);
      expect(checked(outcome)).toBeLessThanOrEqual(allowedPerPair(perPair.burst, outcome.seconds));
      expect(Object.keys(outcome.statuses)).toEqual(["401", "429"]);
    }
    expect(known.bodies).toEqual(unknown.bodies);
    const alice = { username: "alice", password: "demo-password" };
    expect((await identity.login(alice, { "x-forwarded-for": "203.0.113.1" })).status).toBe(200);
  });

  it("with a list of names from one address comes to as many, and does not find the good pair", async () => {
    const tries = stuffing(300, seed, { username: "bob", password: "demo-password" }, 200);
    const outcome = await attack(identity, tries, 15);
    expect(outcome.letIn).toEqual([]);
    expect(checked(outcome)).toBeLessThanOrEqual(allowedPerPair(perNetwork.burst, outcome.seconds));
  });

  it("from many addresses locks nobody out: the user gets in, from the usual address without a wait", async () => {
    const usual = "203.0.113.1";
    const alice = { username: "alice", password: "demo-password" };
    expect((await identity.login(alice, { "x-forwarded-for": usual })).status).toBe(200);
    const atHome = keepLoggingIn(identity, "alice", () => usual, 100);
    const [outcome, fromNew] = await Promise.all([
      attack(identity, botnet(30, seed, "alice", 30), 30),
      identity.login(alice, { "x-forwarded-for": "203.0.113.2" }),
    ]);
    const { refused } = await atHome.stop();
    expect(refused).toEqual([]);
    expect(fromNew.status).toBe(200);
    expect(outcome.statuses).toEqual({ 401: 30 });
  });
});
