import { createLoginThrottle, type LoginAttempt, type LoginThrottle } from "./login-throttle.ts";

const limits = {
  perAccount: { burst: 3, refillMs: 1_000 },
  perAddress: { burst: 5, refillMs: 100 },
  maxEntries: 4,
};

function attempt(throttle: LoginThrottle, username: string, address: string, nowMs: number): LoginAttempt {
  const begun = throttle.begin(username, address, nowMs);
  if ("retryAfterMs" in begun) throw new Error(`throttled for ${begun.retryAfterMs} ms`);
  return begun;
}

function fail(throttle: LoginThrottle, username: string, address: string, nowMs: number, times: number): void {
  for (let failures = 0; failures < times; failures += 1) attempt(throttle, username, address, nowMs);
}

describe("createLoginThrottle", () => {
  it("slows an account after a burst of failures, for that address only", () => {
    const throttle = createLoginThrottle(limits);
    fail(throttle, "alice", "192.0.2.1", 0, 3);

    expect(throttle.begin("alice", "192.0.2.1", 0)).toEqual({ retryAfterMs: 1_000 });
    expect(throttle.begin("alice", "192.0.2.2", 0)).not.toHaveProperty("retryAfterMs");
    expect(throttle.begin("bob", "192.0.2.1", 0)).not.toHaveProperty("retryAfterMs");
  });

  it("takes all addresses of an IPv6 network for one, and an IPv4 address in either form", () => {
    const throttle = createLoginThrottle(limits);
    for (const address of ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"])
      fail(throttle, "alice", address, 0, 1);
    fail(throttle, "bob", "192.0.2.1", 0, 3);

    expect(throttle.begin("alice", "2001:db8::4", 0)).toEqual({ retryAfterMs: 1_000 });
    expect(throttle.begin("alice", "2001:db8:0:1::4", 0)).not.toHaveProperty("retryAfterMs");
    expect(throttle.begin("bob", "::ffff:192.0.2.1", 0)).toEqual({ retryAfterMs: 1_000 });
  });

  it("slows an address that goes through many accounts", () => {
    const throttle = createLoginThrottle(limits);
    for (const username of ["a", "b", "c", "d", "e"]) fail(throttle, username, "192.0.2.1", 0, 1);

    expect(throttle.begin("f", "192.0.2.1", 0)).toEqual({ retryAfterMs: 100 });
  });

  it("lets one more try through after each refill, and never asks for a longer wait", () => {
    const throttle = createLoginThrottle(limits);
    fail(throttle, "alice", "192.0.2.1", 0, 3);
    for (const nowMs of [1_000, 2_000, 3_000]) {
      expect(throttle.begin("alice", "192.0.2.1", nowMs - 1)).toEqual({ retryAfterMs: 1 });
      fail(throttle, "alice", "192.0.2.1", nowMs, 1);
      expect(throttle.begin("alice", "192.0.2.1", nowMs)).toEqual({ retryAfterMs: 1_000 });
    }
  });

  it("forgets the failures of an account that has logged in", () => {
    const throttle = createLoginThrottle(limits);
    fail(throttle, "alice", "192.0.2.1", 0, 2);
    attempt(throttle, "alice", "192.0.2.1", 0).succeeded();

    fail(throttle, "alice", "192.0.2.1", 0, 3);
    expect(throttle.begin("alice", "192.0.2.1", 0)).toHaveProperty("retryAfterMs");
  });

  it("does not count a success against the address", () => {
    const throttle = createLoginThrottle(limits);
    for (let logins = 0; logins < 50; logins += 1) attempt(throttle, "alice", "192.0.2.1", 0).succeeded();
  });

  it("does not count a login that was never decided", () => {
    const throttle = createLoginThrottle(limits);
    for (let logins = 0; logins < 50; logins += 1) attempt(throttle, "alice", "192.0.2.1", 0).abandoned();
  });

  it("counts logins under way as failed, so that many at once do not pass together", () => {
    const throttle = createLoginThrottle(limits);
    const begun = Array.from({ length: 10 }, () => throttle.begin("alice", "192.0.2.1", 0));
    expect(begun.filter((one) => "retryAfterMs" in one)).toHaveLength(7);
  });

  it("remembers a bounded number of accounts, the latest ones", () => {
    const throttle = createLoginThrottle(limits);
    fail(throttle, "first", "192.0.2.1", 0, 3);
    for (let index = 0; index < limits.maxEntries; index += 1) fail(throttle, "other", `192.0.2.${index + 2}`, 0, 3);

    expect(throttle.begin("first", "192.0.2.1", 0)).not.toHaveProperty("retryAfterMs");
    expect(throttle.begin("other", "192.0.2.5", 0)).toHaveProperty("retryAfterMs");
  });
});
