import rateLimit, { type FastifyRateLimitStoreCtor, normalizeIP } from "@fastify/rate-limit";
import { AppError } from "@shop/platform/errors";
import type { FastifyRequest } from "fastify";
import type { Counted, RateCounter } from "../clients/rate-counter.ts";
import type { App, DoorOptions, Parts } from "./app.ts";
import { bearerToken, verifiedUser } from "./authentication.ts";

const WINDOW_MS = 1_000;

/** Refuses what is more than the share of one user or, where there is no good token, of one address. */
export async function limitRates(
  app: App,
  { requestsPerSecond }: DoorOptions,
  { verifier, counter }: Pick<Parts, "verifier"> & { readonly counter: RateCounter },
): Promise<void> {
  await app.register(rateLimit, {
    max: requestsPerSecond,
    timeWindow: WINDOW_MS,
    enableDraftSpec: true,
    store: storeOver(counter, ""),
    keyGenerator: (req) => userKey(req, verifier) ?? `address:${normalizeIP(req.ip)}`,
    errorResponseBuilder: (_req, { ttl, max }) =>
      new AppError("RATE_LIMITED", `More than ${max} such requests a second.`, { retryAfterMs: ttl }),
  });
}

/** People who share an address do not share their limit, nor does it grow with the number of one's addresses. */
function userKey(req: FastifyRequest, verifier: Parts["verifier"]): string | undefined {
  if (req.headers.authorization === undefined) return undefined;
  try {
    return `user:${verifiedUser(verifier, bearerToken(req)).userId}`;
  } catch {
    // The route says what is wrong with the token, where it needs one.
    return undefined;
  }
}

/** The plugin's form of a counter; a route with a limit of its own counts apart. */
function storeOver(counter: RateCounter, prefix: string): FastifyRateLimitStoreCtor {
  return class {
    incr(
      key: string,
      done: (err: Error | null, counted?: { current: number; ttl: number }) => void,
      windowMs: number,
    ): void {
      const counted = counter.count(`${prefix}${key}`, windowMs);
      if (counted instanceof Promise) counted.then((shared) => done(null, toTtl(shared)), done);
      else done(null, toTtl(counted));
    }

    child({ routeInfo }: { routeInfo: { method: string; url: string } }) {
      const Store = storeOver(counter, `${routeInfo.method} ${routeInfo.url} `);
      return new Store({});
    }
  } as unknown as FastifyRateLimitStoreCtor;
}

function toTtl({ current, leftMs }: Counted): { current: number; ttl: number } {
  return { current, ttl: leftMs };
}
