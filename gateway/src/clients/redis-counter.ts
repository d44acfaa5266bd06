import type { Log } from "@shop/platform/logging";
import { connectToRedis, type RedisConnection } from "@shop/platform/redis";
import type { Counted, RateCounter } from "./rate-counter.ts";

const PREFIX = "shop:gateway:rate:";

/** So long is a redis that did not answer left alone: else every request would wait for it. */
const REST_MS = 1_000;

const COUNT = `
local current = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return {current, left}`;

/** Where the counts of all processes are, and what counts while that is away. */
export interface RedisCounterOptions {
  readonly url: string;
  readonly fallback: RateCounter;
  readonly log: Log;
}

/**
 * Counts in redis, together with every other process that does. While redis is away each process counts for itself: a
 * limit that cannot be shared is no reason to close the door.
 */
export function createRedisCounter({ url, fallback, log }: RedisCounterOptions): RateCounter {
  let connection: RedisConnection | undefined;
  let restsUntil = 0;
  return {
    async count(key, windowMs): Promise<Counted> {
      if (connection?.client.status !== "ready" || performance.now() < restsUntil) return fallback.count(key, windowMs);
      try {
        const counted = await connection.client.eval(COUNT, 1, `${PREFIX}${key}`, windowMs);
        const [current, leftMs] = counted as [number, number];
        return { current, leftMs };
      } catch {
        // The connection tells its outages.
        restsUntil = performance.now() + REST_MS;
        return fallback.count(key, windowMs);
      }
    },
    async start() {
      connection = await connectToRedis({ url, name: "gateway", log });
    },
    close() {
      connection?.close();
      fallback.close();
    },
  };
}
