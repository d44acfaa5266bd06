import rateLimit from "@fastify/rate-limit";
import underPressure from "@fastify/under-pressure";
import { AppError } from "@shop/platform/errors";
import type { App, DoorOptions } from "./app.ts";

const MAX_EVENT_LOOP_DELAY_MS = 1_000;
const RETRY_AFTER_MS = 1_000;

/** Refuses what is more than one address's share, or more than this process can do. */
export async function limitLoad(app: App, { requestsPerSecond }: DoorOptions): Promise<void> {
  await app.register(rateLimit, {
    max: requestsPerSecond,
    timeWindow: 1_000,
    enableDraftSpec: true,
    errorResponseBuilder: (_req, { ttl, max }) =>
      new AppError("RATE_LIMITED", `One address may make ${max} such requests a second.`, { retryAfterMs: ttl }),
  });
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_EVENT_LOOP_DELAY_MS,
    pressureHandler: (req) => {
      if (req.routeOptions.url === "/health") return;
      throw new AppError("OVERLOADED", "There is more to do than can be done now.", { retryAfterMs: RETRY_AFTER_MS });
    },
  });
}
