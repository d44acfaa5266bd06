import {
  acceptCorrelationId,
  acceptTraceparent,
  type Correlation,
  runWithCorrelation,
} from "@shop/platform/correlation";
import { AppError, validationFailed } from "@shop/platform/errors";
import { answerClientError, lacksHost, malformedRequest, refuseOddRequests } from "@shop/platform/http-refusals";
import type { Log } from "@shop/platform/logging";
import { problemContentType, toProblem } from "@shop/platform/problem";
import { renewServer, reportRefusals, type Tls, tlsServerOptions } from "@shop/platform/tls";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { sendErrorsAs } from "./send-error.ts";

export interface HttpOptions {
  /** Addresses of the proxies whose `X-Forwarded-For` is believed; empty: nobody's. */
  readonly trustedProxies: readonly string[];
  /** What it proves itself with, and whether its callers have to; without it they talk plaintext. */
  readonly tls?: { readonly tls: Tls; readonly needsClientCertificate: boolean };
  /** More connections than these are closed as they come; default 5,000. */
  readonly maxConnections?: number;
}

declare module "fastify" {
  interface FastifyRequest {
    correlation: Correlation;
  }
}

/** No request here is larger than a few hundred bytes. */
const bodyLimitBytes = 16_384;
const headerLimitBytes = 16_384;
const requestTimeoutMs = 10_000;
/** Longer than the 60 s for which a proxy keeps an idle connection, so that it never sends into a closed one. */
const keepAliveTimeoutMs = 65_000;

/** A Fastify server with limits on everything, the correlation id on every request, and one log line for each. */
export function createHttpApp(
  log: Log,
  { trustedProxies, tls: own, maxConnections = 5000 }: HttpOptions,
): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: keepAliveTimeoutMs + requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    forceCloseConnections: "idle",
    clientErrorHandler: answerClientError,
    [own ? "https" : "http"]: {
      ...(own && tlsServerOptions(own.tls, own)),
      maxHeaderSize: headerLimitBytes,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 2_000,
      requireHostHeader: false,
    },
    frameworkErrors: (_err, _request, reply: FastifyReply) => {
      // What the framework refuses before it has a route is always the URL, which may be anything and is not repeated.
      const unreadable = toProblem(
        validationFailed([{ field: "url", message: "is not encoded well, or is too long" }]),
      );
      reply.code(unreadable.status).type(problemContentType).send(unreadable);
    },
  });
  if (own) {
    renewServer(app.server, own.tls);
    reportRefusals(app.server, log);
  }
  app.server.maxConnections = maxConnections;
  refuseOddRequests(app.server);
  app.addHook("onRequest", (request, reply, done) => {
    if (!lacksHost(request.raw)) return done();
    reply.code(400).type(problemContentType).send(malformedRequest(400, "There is no Host header."));
  });
  // The context of the first hook is lost where a body is read, so it is entered again after that.
  app.addHook("onRequest", (request, reply, done) => {
    request.correlation = correlationOf(request);
    reply.header("x-correlation-id", request.correlation.correlationId);
    reply.header("x-content-type-options", "nosniff");
    runWithCorrelation(request.correlation, done);
  });
  app.addHook("preValidation", (request, _reply, done) => runWithCorrelation(request.correlation, done));
  app.addHook("onResponse", async (request, reply) => {
    runWithCorrelation(request.correlation, () => logAnswer(log, request, reply));
  });
  sendErrorsAs(app, "problem", log);
  app.setNotFoundHandler(async () => {
    throw new AppError("NOT_FOUND", "There is nothing at this path.");
  });
  return app;
}

function correlationOf({ headers }: FastifyRequest): Correlation {
  const single = (value: string | string[] | undefined) => (typeof value === "string" ? value : undefined);
  return {
    correlationId: acceptCorrelationId(single(headers["x-correlation-id"])),
    traceparent: acceptTraceparent(single(headers.traceparent)),
  };
}

/** The path itself is not logged, only the route's pattern: callers put anything into paths. */
function logAnswer(log: Log, request: FastifyRequest, reply: FastifyReply): void {
  const { method, routeOptions } = request;
  const httpStatus = reply.statusCode;
  const fields = { method, route: routeOptions.url ?? "none", httpStatus, durationMs: reply.elapsedTime };
  // Every service reads the keys every few seconds; that is not news.
  if (method === "GET" && httpStatus < 400) log.debug(fields, "request answered");
  else log.info(fields, "request answered");
}
