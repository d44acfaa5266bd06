import type { AddressInfo } from "node:net";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import { fromUnknown, validationFailed } from "@shop/platform/errors";
import { fastify } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";
import { parseBody, violationsOf } from "../domain/fields.ts";
import type { App, DoorOptions, Parts } from "./app.ts";
import { answerClientError } from "./client-errors.ts";
import { correlate } from "./correlation.ts";
import { describeRoutes } from "./docs.ts";
import { createDrain } from "./drain.ts";
import { acceptJsonOnly } from "./json-body.ts";
import { limitLoad } from "./limits.ts";
import { answerWithProblems, routeOf, sendProblem, toAppError } from "./problems.ts";
import { addRoutes } from "./service.ts";

const BODY_LIMIT_BYTES = 256 * 1024;

/** Proxies keep idle connections for 60 s; a server that closes them first loses requests. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** The longest a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 10_000;

const EXPOSED_HEADERS = [
  "location",
  "idempotency-replayed",
  "x-correlation-id",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
];

/** The HTTP server with all of its routes. */
export interface HttpServer {
  /** Listens; 0 takes a free port. */
  start(address: { host: string; port: number }): Promise<void>;
  /** Answers what is under way, up to `limitMs`, and closes every connection. */
  close(limitMs: number): Promise<void>;
  /** The port listened on; undefined before `start`. */
  readonly port: number | undefined;
}

/** Creates the server; it listens once started. */
export async function createServer(parts: Parts, options: DoorOptions): Promise<HttpServer> {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 16_384 },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (err, req, reply) => sendProblem(req, reply, toAppError(err)),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(({ schema, httpPart }) => validator(schema as z.ZodType, httpPart));
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));

  const drain = createDrain(app);
  correlate(app);
  app.addHook("onResponse", async (req, reply) => {
    const { elapsedTime: durationMs, statusCode: status } = reply;
    parts.events.requestAnswered({ method: req.method, route: routeOf(req), status, durationMs });
  });
  answerWithProblems(app, parts.events);
  acceptJsonOnly(app);
  await addGuards(app, options);
  await describeRoutes(app);
  await addRoutes(app, parts, options);
  return {
    async start(address) {
      await app.listen(address);
    },
    close: drain.close,
    get port() {
      return (app.server.address() as AddressInfo | null)?.port;
    },
  };
}

async function addGuards(app: App, options: DoorOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        // These pages are served over plain HTTP behind a proxy, or on a developer's machine.
        "upgrade-insecure-requests": null,
      },
    },
    strictTransportSecurity: false,
  });
  const anyOrigin = options.corsOrigins.includes("*");
  await app.register(cors, {
    origin: anyOrigin || (options.corsOrigins.length > 0 && [...options.corsOrigins]),
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
  await limitLoad(app, options);
}

function validator(
  schema: z.ZodType,
  part: string | undefined,
): (value: unknown) => { value?: unknown; error?: Error } {
  if (part === "body") return (body) => attempt(() => parseBody(schema, body));
  return (value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? { value: parsed.data } : { error: validationFailed(violationsOf(parsed.error)) };
  };
}

function attempt(parse: () => unknown): { value?: unknown; error?: Error } {
  try {
    return { value: parse() };
  } catch (err) {
    return { error: fromUnknown(err) };
  }
}
