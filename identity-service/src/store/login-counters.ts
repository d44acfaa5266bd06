import type { RedisConnection } from "@shop/platform/redis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { LoginCounterStore, LoginCounters } from "../domain/login-throttle.ts";

export interface LoginCounterOptions {
  /** Where all processes count together; each counts for itself while it is away, and where there is none. */
  readonly redis?: RedisConnection["client"];
  /** How many keys of each kind this process remembers; the one untouched for longest is forgotten first. */
  readonly maxEntries?: number;
}

const windowSeconds = 3_600;

/** The counters of failed logins, in Redis or in this process. What stands in Redis expires by itself within the hour. */
export function createLoginCounters({ redis, maxEntries = 10_000 }: LoginCounterOptions = {}): LoginCounterStore {
  const limiter = (keyPrefix: string) => {
    const options = { keyPrefix, points: 1, duration: windowSeconds };
    const memory = new BoundedMemory(options, maxEntries);
    if (!redis) return memory;
    return new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: memory,
    });
  };
  const kind = (name: string) => countersOf(limiter(`login:${name}`), limiter(`login:${name}:gate`));
  return { pairs: kind("pair"), networks: kind("network"), accounts: kind("account") };
}

type Limiter = RateLimiterMemory | RateLimiterRedis;

function countersOf(failures: Limiter, gate: Limiter): LoginCounters {
  return {
    async look(key) {
      const [counted, shut] = await Promise.all([failures.get(key), gate.get(key)]);
      return { count: Math.max(0, counted?.consumedPoints ?? 0), shutForMs: Math.max(0, shut?.msBeforeNext ?? 0) };
    },
    add: async (key) => (await failures.penalty(key)).consumedPoints,
    async takeBack(key) {
      const counted = await failures.get(key);
      if (counted && counted.consumedPoints > 0) await failures.reward(key);
    },
    shut: (key, forMs) => shutForMs(gate.consume(key, 1, { customDuration: Math.ceil(forMs / 1000) })),
    open: async (key) => void (await gate.delete(key)),
    forget: async (key) => void (await Promise.all([failures.delete(key), gate.delete(key)])),
  };
}

/** The gate is one point: it is refused to all but the first, with the time that is left. */
async function shutForMs(consumption: Promise<RateLimiterRes>): Promise<number> {
  try {
    await consumption;
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
    throw refusal;
  }
}

/** A limiter in memory that forgets the key untouched for longest when there are too many. */
class BoundedMemory extends RateLimiterMemory {
  readonly #keys = new Set<string>();
  readonly #maxEntries: number;

  constructor(options: ConstructorParameters<typeof RateLimiterMemory>[0], maxEntries: number) {
    super(options);
    this.#maxEntries = maxEntries;
  }

  override consume(...args: Parameters<RateLimiterMemory["consume"]>): ReturnType<RateLimiterMemory["consume"]> {
    this.#touch(String(args[0]));
    return super.consume(...args);
  }

  override penalty(...args: Parameters<RateLimiterMemory["penalty"]>): ReturnType<RateLimiterMemory["penalty"]> {
    this.#touch(String(args[0]));
    return super.penalty(...args);
  }

  override delete(...args: Parameters<RateLimiterMemory["delete"]>): ReturnType<RateLimiterMemory["delete"]> {
    this.#keys.delete(String(args[0]));
    return super.delete(...args);
  }

  #touch(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= this.#maxEntries) return;
    const [oldest] = this.#keys;
    if (oldest !== undefined) void this.delete(oldest);
  }
}
