import { createLoginThrottle, defaultLoginLimits } from "../../src/domain/login-throttle.ts";
import { createLoginCounters } from "../../src/store/login-counters.ts";
import { addressOf, made } from "../_brute-force.ts";
import { described, kolmogorovSmirnov, kolmogorovSmirnovLimit, quantile, shareGreater } from "../_distributions.ts";
import { startFreshIdentity, type TestIdentity } from "../_identity.ts";

const logins = 600;
const unlimited = { burst: 1_000_000, firstDelayMs: 1_000, longestDelayMs: 1_000 };
const users = ["alice", "bob", "oscar", "admin"];

/** With real hashes, over real HTTP, one after the other in turns, so that both meet the same machine. */
describe("the time that POST /login takes to say no", () => {
  let identity: TestIdentity;

  beforeAll(async () => {
    const limits = { ...defaultLoginLimits, perPair: unlimited, perNetwork: unlimited, perAccount: unlimited };
    identity = await startFreshIdentity(
      { TRUSTED_PROXIES: "127.0.0.1", LOG_LEVEL: "silent", ARGON2_MEMORY_KIB: "19456", ARGON2_ITERATIONS: "2" },
      { throttle: createLoginThrottle(createLoginCounters(), limits) },
    );
  });
  afterAll(() => identity?.close());

  async function timeOf(username: string, index: number): Promise<number> {
    const from = performance.now();
    const password = made("timing", index);
    const response = await identity.login({ username, password }, { "x-forwarded-for": addressOf(index) });
    await response.arrayBuffer();
    expect(response.status).toBe(401);
    return performance.now() - from;
  }

  /** Which of the two comes first changes by turns. */
  async function measure(): Promise<{ known: number[]; unknown: number[] }> {
    const known: number[] = [];
    const unknown: number[] = [];
    for (let index = 0; index < logins; index += 1) {
      const ofKnown = async () => void known.push(await timeOf(users[index % users.length] ?? "", 2 * index));
      const ofUnknown = async () => void unknown.push(await timeOf(made("nobody", index), 2 * index + 1));
      for (const time of index % 2 ? [ofKnown, ofUnknown] : [ofUnknown, ofKnown]) await time();
    }
    return { known, unknown };
  }

  it("is of one distribution for users who exist and for those who do not", async () => {
    await measureWarmUp();
    // A difference that is there is there again; what chance does once in a thousand times it does not do three times.
    const distances: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { known, unknown } = await measure();
      const distance = kolmogorovSmirnov(known, unknown);
      tell(known, unknown, distance);
      distances.push(distance);
      expect(quantile(known, 0.5) / quantile(unknown, 0.5)).toBeGreaterThan(0.9);
      expect(quantile(known, 0.5) / quantile(unknown, 0.5)).toBeLessThan(1.1);
      if (distance <= kolmogorovSmirnovLimit(logins, logins)) return;
    }
    throw new Error(`The distributions differ: the distances were ${distances.join(", ")}.`);
  });

  async function measureWarmUp(): Promise<void> {
    for (let index = 0; index < 40; index += 1) await timeOf(users[index % users.length] ?? "", 100_000 + index);
  }

  function tell(known: number[], unknown: number[], distance: number): void {
    const limit = kolmogorovSmirnovLimit(logins, logins).toFixed(3);
    process.stdout.write(
      `a user's name:   ${described(known)}\nnobody's name:   ${described(unknown)}\n` +
        `Kolmogorov-Smirnov ${distance.toFixed(3)} (limit ${limit}), ` +
        `share of pairs in which the user's takes longer ${shareGreater(known, unknown).toFixed(3)}\n`,
    );
  }
});
