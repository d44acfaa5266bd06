import type { AddressInfo } from "node:net";
import { answerClientError, refuseOddRequests } from "@shop/platform/http-refusals";
import type { Log } from "@shop/platform/logging";
import { renewServer, reportRefusals, type Tls, tlsServerOptions } from "@shop/platform/tls";
import { fastify } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { RateCounter } from "../clients/rate-counter.ts";
import type { App, DoorOptions, Parts } from "./app.ts";
import { correlate } from "./correlation.ts";
import { allowOrigins } from "./cross-origin.ts";
import { describeRoutes } from "./docs.ts";
import { createDrain } from "./drain.ts";
import { createEventStreams, type StreamTimes } from "./event-streams.ts";
import { acceptJsonOnly } from "./json-body.ts";
import { limitRates } from "./limits.ts";
import { answerWithProblems, routeOf, sendProblem, toAppError } from "./problems.ts";
import { refuseIllFormed, refuseMalformed } from "./request-form.ts";
import { protectBrowsers } from "./security-headers.ts";
import { addRoutes } from "./service.ts";
import { type LoopWatch, shedLoad } from "./shedding.ts";
import { validatorCompiler } from "./validator.ts";

const BODY_LIMIT_BYTES = 256 * 1024;

/** The largest header section, the request line included. */
const MAX_HEADER_BYTES = 16 * 1024;

/** Proxies keep idle connections for 60 s; a server that closes them first loses requests. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** A connection on which nothing moves is cut: also one whose client does not read its answer. */
const STALLED_MS = 70_000;

/** How often it is looked for requests that take too long to arrive. */
const CHECK_REQUESTS_MS = 1_000;

/** What the server needs beside what its routes do. */
export interface ServerParts extends Omit<Parts, "streams"> {
  readonly counter: RateCounter;
  readonly loop: LoopWatch;
  readonly streamTimes?: Partial<StreamTimes>;
}

/** The HTTP server with all of its routes. */
export interface HttpServer {
  /**
   * Listens; 0 takes a free port. As many connections as there may be may wait to be taken at once (as far as the kernel
   * lets them: net.core.somaxconn): of more than Node's usual 511 the rest would try again after 1, 3, 7 and 15 s.
   */
  start(address: { host: string; port: number }): Promise<void>;
  /** Answers what is under way, up to `limitMs`, and closes every connection. */
  close(limitMs: number): Promise<void>;
  /** The port listened on; undefined before `start`. */
  readonly port: number | undefined;
}

/** What it proves itself with, whether its callers have to, and where it tells whom it turned away. */
export interface ServerTls {
  readonly tls: Tls;
  readonly needsClientCertificate: boolean;
  readonly log: Log;
}

/** Creates the server; it listens once started. Without TLS its callers talk plaintext. */
export async function createServer(
  parts: ServerParts,
  options: DoorOptions,
  security?: ServerTls,
): Promise<HttpServer> {
  const { requestTimeoutMs } = options;
  const streams = createEventStreams(options.eventStreams, parts.streamTimes);
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionTimeout: STALLED_MS,
    requestTimeout: requestTimeoutMs,
    [security ? "https" : "http"]: {
      ...(security && tlsServerOptions(security.tls, security)),
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: CHECK_REQUESTS_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Node would refuse such a request itself, without a problem.
      requireHostHeader: false,
    },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors(err, req, reply) {
      if (!refuseMalformed(req, reply)) sendProblem(req, reply, toAppError(err));
    },
  }).withTypeProvider<ZodTypeProvider>();
  if (security) {
    renewServer(app.server, security.tls);
    reportRefusals(app.server, security.log);
  }
  app.server.maxConnections = options.maxConnections;
  refuseOddRequests(app.server);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));

  const drain = createDrain(app);
  correlate(app);
  app.addHook("onResponse", async (req, reply) => {
    const { elapsedTime: durationMs, statusCode: status } = reply;
    parts.events.requestAnswered({ method: req.method, route: routeOf(req), status, durationMs });
  });
  answerWithProblems(app, parts.events);
  acceptJsonOnly(app);
  await addGuards(app, parts, options);
  await describeRoutes(app);
  await addRoutes(app, { ...parts, streams }, options);
  return {
    async start(address) {
      await app.listen({ ...address, backlog: options.maxConnections });
    },
    close(limitMs) {
      streams.close();
      return drain.close(limitMs);
    },
    get port() {
      return (app.server.address() as AddressInfo | null)?.port;
    },
  };
}

async function addGuards(app: App, parts: ServerParts, options: DoorOptions): Promise<void> {
  protectBrowsers(app);
  if (options.corsOrigins.length > 0) await allowOrigins(app, options.corsOrigins);
  shedLoad(app, parts.loop, options.maxLoopDelayMs, parts.events);
  refuseIllFormed(app);
  await limitRates(app, options, parts);
}
