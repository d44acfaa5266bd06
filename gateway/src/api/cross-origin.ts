import cors, { type FastifyCorsOptions } from "@fastify/cors";
import type { FastifyRequest } from "fastify";
import type { App } from "./app.ts";

/** How long a browser may go by the answer to a preflight. */
const PREFLIGHT_SECONDS = 600;

/** What a page of another origin may send, beside what needs no leave. */
const ALLOWED_HEADERS = [
  "authorization",
  "content-type",
  "idempotency-key",
  "if-none-match",
  "last-event-id",
  "traceparent",
  "x-correlation-id",
];

/** What it may read of an answer, beside its body. */
const EXPOSED_HEADERS = [
  "etag",
  "location",
  "idempotency-replayed",
  "x-correlation-id",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "www-authenticate",
];

/** Lets pages of these origins call us from a browser; "*" is any. Tokens are sent by the page, never by the browser. */
export async function allowOrigins(app: App, origins: readonly string[]): Promise<void> {
  const options: FastifyCorsOptions = {
    origin: origins.includes("*") ? "*" : [...origins],
    methods: ["GET", "HEAD", "POST", "DELETE"],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  };
  await app.register(cors, {
    delegator: (req: FastifyRequest, done: (err: Error | null, options: FastifyCorsOptions) => void) =>
      done(null, { ...options, preflight: isPreflight(req) }),
  });
}

/** Any other OPTIONS asks what the path can do, and its route answers. */
function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}
