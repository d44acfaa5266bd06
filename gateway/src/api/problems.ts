import { AppError, fromUnknown } from "@shop/platform/errors";
import { httpStatusOf, toProblem } from "@shop/platform/problem";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Events } from "../events.ts";
import type { App } from "./app.ts";

const PROBLEM_TYPE = "application/problem+json; charset=utf-8";
const REALM = 'Bearer realm="shop"';

/** Makes every error an RFC 9457 problem. */
export function answerWithProblems(app: App, events: Events): void {
  app.setErrorHandler((err, req, reply) => {
    const problem = toAppError(err);
    if (problem.code === "INTERNAL") events.requestFailed({ route: routeOf(req), err });
    sendProblem(req, reply, problem);
  });
}

/** Answers what no route does, NOT_FOUND where `judge` says nothing else; such requests count as others do. */
export function answerUnknown(app: App, judge: (req: FastifyRequest, reply: FastifyReply) => void): void {
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (req, reply) => {
    judge(req, reply);
    throw new AppError("NOT_FOUND", "There is nothing at this path.");
  });
}

/** Answers with a problem. */
export function sendProblem(req: FastifyRequest, reply: FastifyReply, err: AppError): void {
  const { retryAfterMs } = err;
  if (retryAfterMs !== undefined) reply.header("retry-after", Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if (err.code === "UNAUTHENTICATED") reply.header("www-authenticate", challenge(req));
  reply.code(httpStatusOf(err.code)).type(PROBLEM_TYPE).send(toProblem(err));
}

/** The route's pattern, or "unmatched". */
export function routeOf(req: FastifyRequest): string {
  return req.is404 ? "unmatched" : (req.routeOptions.url ?? "unmatched");
}

/** What Fastify itself refuses, in our codes. */
export function toAppError(err: unknown): AppError {
  switch (codeOf(err)) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new AppError("PAYLOAD_TOO_LARGE", "The body is larger than 256 kB.", { cause: err });
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_EMPTY_TYPE":
      return new AppError("UNSUPPORTED_MEDIA_TYPE", "The body must be application/json.", { cause: err });
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new AppError("MALFORMED_BODY", "The body must not be empty.", { cause: err });
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new AppError("MALFORMED_BODY", "The body is not as long as its content-length says.", { cause: err });
    case "FST_ERR_BAD_URL":
    case "FST_ERR_MAX_PARAM_LENGTH":
      return new AppError("NOT_FOUND", "There is nothing at this path.", { cause: err });
    default:
      return isSendersFault(err)
        ? new AppError("MALFORMED_BODY", "The request cannot be read.", { cause: err })
        : fromUnknown(err);
  }
}

/** Claims that Fastify has found a fault with the request: there are more of them than it would pay to name. */
function isSendersFault(err: unknown): boolean {
  if (!(err instanceof Error) || err instanceof AppError || !("statusCode" in err)) return false;
  return Number(err.statusCode) >= 400 && Number(err.statusCode) < 500;
}

/** RFC 6750, section 3: no error code where no token was sent. */
function challenge(req: FastifyRequest): string {
  return req.headers.authorization === undefined ? REALM : `${REALM}, error="invalid_token"`;
}

function codeOf(err: unknown): unknown {
  return err instanceof Error && "code" in err ? err.code : undefined;
}
