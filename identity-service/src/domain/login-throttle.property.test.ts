import fc from "fast-check";
import { fakeCounterStore, type Turn } from "../../test/_fake-counters.ts";
import { loginOrigin } from "./login-origin.ts";
import { createLoginThrottle, type LoginAttempt, type Pace } from "./login-throttle.ts";

const limits = {
  perPair: { burst: 3, firstDelayMs: 1_000, longestDelayMs: 8_000 },
  perNetwork: { burst: 6, firstDelayMs: 1_000, longestDelayMs: 4_000 },
  perAccount: { burst: 4, firstDelayMs: 100, longestDelayMs: 500 },
};

interface Login {
  readonly account: string;
  readonly network: string;
  readonly end: "fails" | "succeeds" | "is abandoned";
  /** How much later than the one before. */
  readonly afterMs: number;
}

/** What a login met. */
interface Met extends Login {
  readonly atMs: number;
  readonly isKnown: boolean;
  readonly retryAfterMs?: number;
  readonly waitMs?: number;
}

const oneLogin: fc.Arbitrary<Login> = fc.record({
  account: fc.constantFrom("alice", "bob", "nobody"),
  network: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1"),
  end: fc.constantFrom("fails", "fails", "fails", "fails", "succeeds", "is abandoned"),
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9_000 })),
});
const someLogins = fc.array(oneLogin, { minLength: 1, maxLength: 60 });

/** The logins one after the other; an account is known from where it has logged in. */
async function happen(logins: readonly Login[]): Promise<Met[]> {
  const clock = { nowMs: 0 };
  const throttle = createLoginThrottle(fakeCounterStore(clock), limits);
  const known = new Set<string>();
  const met: Met[] = [];
  for (const login of logins) {
    clock.nowMs += login.afterMs;
    const pair = pairOf(login);
    const isKnown = known.has(pair);
    const origin = loginOrigin(login.account, login.network);
    const begun = await throttle.begin({ origin, isKnownNetwork: isKnown });
    if (!("retryAfterMs" in begun)) await end(begun, login.end);
    if (!("retryAfterMs" in begun) && login.end === "succeeds") known.add(pair);
    met.push({ ...login, ...begun, atMs: clock.nowMs, isKnown });
  }
  return met;
}

async function end(attempt: LoginAttempt, how: Login["end"]): Promise<void> {
  if (how === "succeeds") await attempt.succeeded();
  if (how === "is abandoned") await attempt.abandoned();
}

function pairOf({ account, network }: Login): string {
  return `${account} ${network}`;
}

function delayAfter(failures: number, { burst, firstDelayMs, longestDelayMs }: Pace): number {
  return failures < burst ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - burst));
}

/** When the login could have passed at the earliest, by the failures that the rule counts. */
function openFrom(failures: readonly Met[], pace: Pace): number {
  const last = failures.at(-1);
  return last ? last.atMs + delayAfter(failures.length, pace) : 0;
}

function failuresOfPair(met: readonly Met[], login: Met): Met[] {
  const before = met
    .slice(0, met.indexOf(login))
    .filter((one) => pairOf(one) === pairOf(login) && one.waitMs !== undefined);
  const lastSuccess = before.findLastIndex((one) => one.end === "succeeds");
  return before.slice(lastSuccess + 1).filter((one) => one.end === "fails");
}

function failuresOfNetwork(met: readonly Met[], login: Met): Met[] {
  const before = met.slice(0, met.indexOf(login));
  return before.filter(
    (one) => one.network === login.network && !one.isKnown && one.waitMs !== undefined && one.end === "fails",
  );
}

describe("whatever logins there are", () => {
  it("one is refused exactly as long as its account or its network has to wait, and no longer (I1, I2, I3)", async () => {
    await fc.assert(
      fc.asyncProperty(someLogins, async (logins) => {
        const met = await happen(logins);
        for (const login of met) {
          const ofPair = openFrom(failuresOfPair(met, login), limits.perPair);
          const ofNetwork = login.isKnown ? 0 : openFrom(failuresOfNetwork(met, login), limits.perNetwork);
          const waitMs = Math.max(0, Math.max(ofPair, ofNetwork) - login.atMs);
          expect(login.retryAfterMs ?? 0).toBe(waitMs);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("one is held back for a bounded time, and not at all where its account is known or was left alone (I3)", async () => {
    await fc.assert(
      fc.asyncProperty(someLogins, async (logins) => {
        const met = await happen(logins);
        for (const login of met.filter((one) => one.waitMs !== undefined)) {
          const before = met.slice(0, met.indexOf(login));
          const failures = before.filter(
            (one) => one.account === login.account && !one.isKnown && one.end === "fails" && one.waitMs !== undefined,
          );
          const mostMs = login.isKnown ? 0 : delayAfter(failures.length, limits.perAccount);
          expect(login.waitMs).toBeLessThanOrEqual(mostMs);
          expect(login.waitMs).toBeGreaterThanOrEqual(mostMs * 0.75);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("those that were refused or abandoned change nothing for all that follow (I4, I6)", async () => {
    await fc.assert(
      fc.asyncProperty(someLogins, async (logins) => {
        const met = await happen(logins);
        const counts = (one: Met) => one.waitMs !== undefined && one.end !== "is abandoned";
        const later = new Map<number, number>();
        let skippedMs = 0;
        const fewer = logins.flatMap((login, index) => {
          skippedMs += login.afterMs;
          if (!counts(met[index] as Met)) return [];
          later.set(later.size, index);
          const one = { ...login, afterMs: skippedMs };
          skippedMs = 0;
          return [one];
        });
        const again = await happen(fewer);
        expect(again.map((one) => one.waitMs)).toEqual(met.filter(counts).map((one) => one.waitMs));
      }),
      { numRuns: 300 },
    );
  });

  it("the names do not matter, only which are the same (I5)", async () => {
    const renamed: Record<string, string> = { alice: "nobody", bob: "alice", nobody: "bob" };
    await fc.assert(
      fc.asyncProperty(someLogins, async (logins) => {
        const answersOf = async (some: readonly Login[]) =>
          (await happen(some)).map(({ retryAfterMs, waitMs }) => ({ retryAfterMs, waitMs }));
        const others = logins.map((login) => ({ ...login, account: renamed[login.account] ?? "" }));
        expect(await answersOf(others)).toEqual(await answersOf(logins));
      }),
    );
  });

  it("no more pass at once than one after the other, at several processes too, and nobody waits longer for it (I4, I6)", async () => {
    const settings = fc.record({ before: fc.integer({ min: 0, max: 8 }), atOnce: fc.integer({ min: 1, max: 12 }) });
    await fc.assert(
      fc.asyncProperty(settings, fc.scheduler(), async ({ before, atOnce }, scheduler) => {
        const clock = { nowMs: 0 };
        let isAtOnce = false;
        const turn: Turn = (operation) => {
          if (!isAtOnce) return Promise.resolve().then(operation);
          return scheduler.schedule(Promise.resolve()).then(operation);
        };
        const counters = fakeCounterStore(clock, turn);
        const throttles = [createLoginThrottle(counters, limits), createLoginThrottle(counters, limits)];
        const begin = (index: number) =>
          throttles[index % 2]?.begin({ origin: loginOrigin("alice", "192.0.2.1"), isKnownNetwork: true });
        for (let failures = 0; failures < before; failures += 1) {
          await begin(0);
          clock.nowMs += delayAfter(failures + 1, limits.perPair);
        }
        isAtOnce = true;
        const all = Promise.all(Array.from({ length: atOnce }, (_, index) => begin(index)));
        await scheduler.waitFor(all);
        isAtOnce = false;
        const refused = (await all).filter((one) => one && "retryAfterMs" in one);
        const passed = atOnce - refused.length;
        expect(passed).toBeLessThanOrEqual(Math.max(1, limits.perPair.burst - before));
        expect(passed).toBeGreaterThan(0);
        const next = await begin(0);
        const retryAfterMs = next && "retryAfterMs" in next ? next.retryAfterMs : 0;
        expect(retryAfterMs).toBeLessThanOrEqual(delayAfter(before + passed, limits.perPair));
      }),
      { numRuns: 500 },
    );
  });
});
