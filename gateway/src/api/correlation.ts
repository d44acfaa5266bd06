import {
  acceptCorrelationId,
  acceptTraceparent,
  type Correlation,
  runWithCorrelation,
} from "@shop/platform/correlation";
import type { FastifyRequest } from "fastify";
import type { App } from "./app.ts";

const correlations = new WeakMap<FastifyRequest, Correlation>();

/** Gives each request its correlation, under which all of its work runs, and says its id in the answer. */
export function correlate(app: App): void {
  app.addHook("onRequest", (req, reply, done) => {
    const correlation = {
      correlationId: acceptCorrelationId(header(req, "x-correlation-id")),
      traceparent: acceptTraceparent(header(req, "traceparent")),
    };
    correlations.set(req, correlation);
    reply.header("x-correlation-id", correlation.correlationId);
    runWithCorrelation(correlation, done);
  });
  // The body arrives in events of the connection, which know nothing of the request's context.
  app.addHook("preValidation", (req, _reply, done) => {
    const correlation = correlations.get(req);
    if (correlation) runWithCorrelation(correlation, done);
    else done();
  });
}

function header(req: FastifyRequest, name: string): string | undefined {
  const value = req.headers[name];
  return typeof value === "string" ? value : undefined;
}
