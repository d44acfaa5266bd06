import { networkOf } from "./network-of.ts";

/**
 * Slows down guessing. It owns two buckets of failed logins, one per account and address together, one per address.
 * A bucket holds `burst` failures and wins one back every `refillMs`; where it is empty, a login waits for the next.
 *
 * I1. An account is never slowed for everybody: failures from one address slow that account for that address only.
 * I2. A login counts as failed until it has succeeded, so that many at once cannot pass on one look.
 * I3. No wait is longer than one `refillMs`: nobody is locked out.
 * I4. Where an address is one of IPv6, its network counts as one address: whoever has one has as many as they like.
 * I5. It remembers at most `maxEntries` of each kind; the one untouched for longest is forgotten first.
 */
export interface LoginThrottle {
  /** Begins a login, or tells how long to wait. `nowMs` is monotonic. */
  begin(username: string, address: string, nowMs: number): { retryAfterMs: number } | LoginAttempt;
}

export interface LoginAttempt {
  /** Takes back that the login counted as failed, and forgets the earlier failures of this account at this address. */
  succeeded(): void;
  /** Takes back that the login counted as failed: it was never decided. */
  abandoned(): void;
}

export interface BucketSize {
  readonly burst: number;
  readonly refillMs: number;
}

export interface LoginLimits {
  readonly perAccount: BucketSize;
  readonly perAddress: BucketSize;
  readonly maxEntries: number;
}

export const defaultLoginLimits: LoginLimits = {
  perAccount: { burst: 10, refillMs: 2_000 },
  perAddress: { burst: 100, refillMs: 100 },
  maxEntries: 10_000,
};

/** A throttle that remembers in this process only. */
export function createLoginThrottle(limits: LoginLimits = defaultLoginLimits): LoginThrottle {
  const accounts = createBuckets(limits.perAccount, limits.maxEntries);
  const addresses = createBuckets(limits.perAddress, limits.maxEntries);

  return {
    begin(username, address, nowMs) {
      const network = networkOf(address);
      const account = `${network} ${username}`;
      const retryAfterMs = Math.max(accounts.waitMs(account, nowMs), addresses.waitMs(network, nowMs));
      if (retryAfterMs > 0) return { retryAfterMs };
      accounts.take(account, nowMs);
      addresses.take(network, nowMs);
      return {
        succeeded() {
          accounts.forget(account);
          addresses.giveBack(network);
        },
        abandoned() {
          accounts.giveBack(account);
          addresses.giveBack(network);
        },
      };
    },
  };
}

/** `failures` is what was left in the bucket at `atMs`; it leaks at the rate of the bucket. */
interface Bucket {
  failures: number;
  atMs: number;
}

function createBuckets({ burst, refillMs }: BucketSize, maxEntries: number) {
  const buckets = new Map<string, Bucket>();
  const failuresNow = (bucket: Bucket | undefined, nowMs: number) =>
    bucket ? Math.max(0, bucket.failures - (nowMs - bucket.atMs) / refillMs) : 0;

  return {
    waitMs(key: string, nowMs: number): number {
      return Math.ceil(Math.max(0, failuresNow(buckets.get(key), nowMs) + 1 - burst) * refillMs);
    },
    take(key: string, nowMs: number) {
      const failures = failuresNow(buckets.get(key), nowMs) + 1;
      buckets.delete(key);
      buckets.set(key, { failures, atMs: nowMs });
      if (buckets.size > maxEntries) buckets.delete(buckets.keys().next().value ?? key);
    },
    giveBack(key: string) {
      const bucket = buckets.get(key);
      if (bucket) bucket.failures = Math.max(0, bucket.failures - 1);
    },
    forget(key: string) {
      buckets.delete(key);
    },
  };
}
