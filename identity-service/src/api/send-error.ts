import { AppError, type ErrorCode, fromUnknown, publicMessage } from "@shop/platform/errors";
import type { Log } from "@shop/platform/logging";
import { httpStatusOf, problemContentType, retryAfterSeconds, toProblem } from "@shop/platform/problem";
import type { FastifyInstance, FastifyReply } from "fastify";
import { OAuthError, type OAuthErrorWord } from "../domain/oauth-error.ts";
import { notToBeStored } from "./oauth-form.ts";

/** How a route words its errors: as RFC 9457 or as RFC 6749, 5.2. */
export type ErrorForm = "problem" | "oauth";

/** Makes the routes of `scope` word their errors in this form. What is our fault is logged with its cause, and sent without. */
export function sendErrorsAs(scope: FastifyInstance, form: ErrorForm, log: Log): void {
  scope.setErrorHandler((thrown, _request, reply) => {
    if (form === "oauth") notToBeStored(reply);
    if (form === "oauth" && thrown instanceof OAuthError) return sendOAuthError(reply, thrown);
    const err = fromFastify(thrown);
    if (err.code === "INTERNAL") log.error({ err }, "request failed");
    else if (err.code === "UNAVAILABLE") log.warn({ err }, "request failed");
    const retryAfter = retryAfterSeconds(err);
    if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
    return form === "oauth" ? sendAsOAuth(reply, err) : sendProblem(reply, err);
  });
}

function sendProblem(reply: FastifyReply, err: AppError): FastifyReply {
  if (err.code === "UNAUTHENTICATED") reply.header("www-authenticate", 'Bearer realm="shop"');
  return reply.code(httpStatusOf(err.code)).type(problemContentType).send(toProblem(err));
}

function sendOAuthError(reply: FastifyReply, err: OAuthError): FastifyReply {
  const isClientFault = err.word === "invalid_client";
  if (isClientFault) reply.header("www-authenticate", 'Basic realm="shop"');
  return reply.code(isClientFault ? 401 : 400).send({ error: err.word, error_description: err.message });
}

/** Errors that the token endpoint's RFC has no status for keep theirs, with the nearest of its words. */
function sendAsOAuth(reply: FastifyReply, err: AppError): FastifyReply {
  return reply.code(httpStatusOf(err.code)).send({ error: wordOf(err.code), error_description: publicMessage(err) });
}

function wordOf(code: ErrorCode): OAuthErrorWord {
  const status = httpStatusOf(code);
  if (status === 503 || status === 504) return "temporarily_unavailable";
  return status >= 500 ? "server_error" : "invalid_request";
}

/** Fastify's own errors carry a status and no code of ours. */
function fromFastify(thrown: unknown): AppError {
  const status = thrown instanceof Error && "statusCode" in thrown ? thrown.statusCode : undefined;
  switch (status) {
    case 400:
      return new AppError("MALFORMED_BODY", "The request cannot be read.", { cause: thrown });
    case 413:
      return new AppError("PAYLOAD_TOO_LARGE", "The body is too large.", { cause: thrown });
    case 415:
      return new AppError("UNSUPPORTED_MEDIA_TYPE", "The body is not of the media type expected here.", {
        cause: thrown,
      });
    default:
      return fromUnknown(thrown);
  }
}
