import { fakeCounterStore } from "../../test/_fake-counters.ts";
import { loginOrigin } from "./login-origin.ts";
import { createLoginThrottle, type LoginAttempt, type LoginThrottle } from "./login-throttle.ts";

const limits = {
  perPair: { burst: 3, firstDelayMs: 1_000, longestDelayMs: 8_000 },
  perNetwork: { burst: 6, firstDelayMs: 1_000, longestDelayMs: 4_000 },
  perAccount: { burst: 4, firstDelayMs: 100, longestDelayMs: 500 },
};

function setUp() {
  const clock = { nowMs: 0 };
  return { clock, throttle: createLoginThrottle(fakeCounterStore(clock), limits) };
}

interface From {
  username?: string;
  address?: string;
  isKnownNetwork?: boolean;
}

function begin(throttle: LoginThrottle, from: From = {}) {
  const { username = "alice", address = "192.0.2.1", isKnownNetwork = false } = from;
  return throttle.begin({ origin: loginOrigin(username, address), isKnownNetwork });
}

async function attempt(throttle: LoginThrottle, from: From = {}): Promise<LoginAttempt> {
  const begun = await begin(throttle, from);
  if ("retryAfterMs" in begun) throw new Error(`throttled for ${begun.retryAfterMs} ms`);
  return begun;
}

/** Fails at once, as often as that. */
async function fail(throttle: LoginThrottle, times: number, from: From = {}): Promise<void> {
  for (let failures = 0; failures < times; failures += 1) await attempt(throttle, from);
}

describe("createLoginThrottle", () => {
  it("slows an account after a burst of failures, for that network only (I1)", async () => {
    const { throttle } = setUp();
    await fail(throttle, 3);

    expect(await begin(throttle)).toEqual({ retryAfterMs: 1_000 });
    expect(await begin(throttle, { address: "192.0.2.2" })).not.toHaveProperty("retryAfterMs");
    expect(await begin(throttle, { username: "bob" })).not.toHaveProperty("retryAfterMs");
  });

  it("lets one through after each delay, and doubles it up to the longest (I1)", async () => {
    const { throttle, clock } = setUp();
    await fail(throttle, 3);
    for (const delayMs of [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]) {
      clock.nowMs += delayMs - 1;
      expect(await begin(throttle)).toEqual({ retryAfterMs: 1 });
      clock.nowMs += 1;
      await fail(throttle, 1);
    }
  });

  it("takes all addresses of an IPv6 network for one, and an IPv4 address in either form", async () => {
    const { throttle } = setUp();
    for (const address of ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"]) await fail(throttle, 1, { address });
    await fail(throttle, 3, { username: "bob" });

    expect(await begin(throttle, { address: "2001:db8::4" })).toEqual({ retryAfterMs: 1_000 });
    expect(await begin(throttle, { address: "2001:db8:0:1::4" })).not.toHaveProperty("retryAfterMs");
    expect(await begin(throttle, { username: "bob", address: "::ffff:192.0.2.1" })).toEqual({ retryAfterMs: 1_000 });
  });

  it("slows a network that goes through many accounts (I2)", async () => {
    const { throttle, clock } = setUp();
    for (const username of ["a", "b", "c", "d", "e", "f"]) await fail(throttle, 1, { username });

    expect(await begin(throttle, { username: "g" })).toEqual({ retryAfterMs: 1_000 });
    clock.nowMs += 1_000;
    await fail(throttle, 1, { username: "g" });
    expect(await begin(throttle, { username: "h" })).toEqual({ retryAfterMs: 2_000 });
  });

  it("does not make an account wait for what others do in a network that it is known from (I2)", async () => {
    const { throttle } = setUp();
    for (const username of ["a", "b", "c", "d", "e", "f"]) await fail(throttle, 1, { username });

    expect(await begin(throttle, { isKnownNetwork: true })).toMatchObject({ waitMs: 0 });
    expect(await begin(throttle)).toEqual({ retryAfterMs: 1_000 });
  });

  it("never refuses an account for what happens in other networks, and holds it back for a bounded time (I3)", async () => {
    const { throttle } = setUp();
    const waits: number[] = [];
    for (let index = 0; index < 300; index += 1) {
      waits.push((await attempt(throttle, { address: `10.0.${index >> 8}.${index & 255}` })).waitMs);
    }

    const quarters = waits.slice(0, 9).map((waitMs) => Math.ceil(waitMs / 25) * 25);
    expect(quarters).toEqual([0, 0, 0, 0, 100, 200, 400, 475, 475]);
    expect(Math.max(...waits)).toBe(500);
    expect(Math.min(...waits.slice(8))).toBeGreaterThan(375);
    expect(new Set(waits.slice(8)).size).toBe(32);
    expect(await attempt(throttle, { isKnownNetwork: true })).toMatchObject({ waitMs: 0 });
  });

  it("forgets failures after an hour (I1, I2)", async () => {
    const { throttle, clock } = setUp();
    for (const username of ["alice", "bob"]) await fail(throttle, 3, { username });
    clock.nowMs += 3_600_000;
    await fail(throttle, 3);
    expect(await begin(throttle)).toEqual({ retryAfterMs: 1_000 });
    await fail(throttle, 2, { username: "bob" });
  });

  it("forgets the failures of an account that has logged in", async () => {
    const { throttle } = setUp();
    await fail(throttle, 2);
    await (await attempt(throttle)).succeeded();

    await fail(throttle, 3);
    expect(await begin(throttle)).toHaveProperty("retryAfterMs");
  });

  it("does not count a success against the network or the account", async () => {
    const { throttle } = setUp();
    for (let logins = 0; logins < 50; logins += 1) {
      const begun = await attempt(throttle);
      expect(begun.waitMs).toBe(0);
      await begun.succeeded();
    }
  });

  it("does not count a login that was never decided", async () => {
    const { throttle } = setUp();
    for (let logins = 0; logins < 50; logins += 1) await (await attempt(throttle)).abandoned();
  });

  it("counts those who passed by the gate in the burst: a place that is given back is none beyond it (I1)", async () => {
    const { throttle, clock } = setUp();
    const undecided = await attempt(throttle);
    await fail(throttle, 2);
    await undecided.abandoned();
    clock.nowMs += 1_000;
    await fail(throttle, 1);
    expect(await begin(throttle)).toEqual({ retryAfterMs: 1_000 });
  });

  it("counts logins under way as failed, so that many at once do not pass together (I4)", async () => {
    const { throttle } = setUp();
    const begun = await Promise.all(Array.from({ length: 50 }, () => begin(throttle)));
    expect(begun.filter((one) => !("retryAfterMs" in one))).toHaveLength(3);
  });

  it("leaves the burst to those who come later where none of many at once was decided (I4)", async () => {
    const { throttle } = setUp();
    const begun = await Promise.all(Array.from({ length: 10 }, () => begin(throttle)));
    for (const one of begun) if (!("retryAfterMs" in one)) await one.abandoned();
    await fail(throttle, 3);
  });

  it("tells who has to wait for two rules the longer time", async () => {
    const { throttle, clock } = setUp();
    await fail(throttle, 2);
    for (const username of ["a", "b", "c", "d"]) await fail(throttle, 1, { username });
    clock.nowMs += 1_000;
    await fail(throttle, 1, { username: "e" });
    clock.nowMs += 2_000;
    await fail(throttle, 1);
    expect(await begin(throttle)).toEqual({ retryAfterMs: 4_000 });
  });

  it("lets one of many through that come when a delay has passed, and no refusal makes it longer (I4, I6)", async () => {
    const { throttle, clock } = setUp();
    await fail(throttle, 3);
    for (let tries = 0; tries < 20; tries += 1) expect(await begin(throttle)).toEqual({ retryAfterMs: 1_000 });
    clock.nowMs += 1_000;
    const begun = await Promise.all(Array.from({ length: 50 }, () => begin(throttle)));
    expect(begun.filter((one) => !("retryAfterMs" in one))).toHaveLength(1);
    expect(await begin(throttle)).toEqual({ retryAfterMs: 2_000 });
  });

  it("takes a failure back that one rule counted where the other one refuses", async () => {
    const { throttle, clock } = setUp();
    const names = Array.from({ length: 20 }, (_, index) => `user-${index}`);
    const begun = await Promise.all(names.map((username) => begin(throttle, { username })));
    const refused = names.filter((_, index) => "retryAfterMs" in (begun[index] ?? {}));
    expect(refused).toHaveLength(14);
    clock.nowMs += 1_000;
    for (const username of refused) await fail(throttle, 3, { username, isKnownNetwork: true });
  });
});
