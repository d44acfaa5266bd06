import type { IncomingMessage } from "node:http";
import { AppError, validationFailed } from "@shop/platform/errors";
import { lacksHost, malformedRequest } from "@shop/platform/http-refusals";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "./app.ts";

const MAX_URL_LENGTH = 8_000;
const MAX_HEADERS = 100;
const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** Headers that mean one thing. Node takes the first of several, where another server may take the last. */
const ONCE: ReadonlySet<string> = new Set([
  "authorization",
  "content-encoding",
  "content-type",
  "host",
  "idempotency-key",
  "last-event-id",
]);

/** Refuses requests whose form is too large, or says two things at once. */
export function refuseIllFormed(app: App): void {
  app.addHook("onRequest", (req, reply, done) => {
    if (refuseMalformed(req, reply)) return;
    const field = repeatedHeader(req);
    if (field !== undefined) throw validationFailed([{ field, message: "must be sent once" }]);
    if (!isUtf8(req.raw.url ?? ""))
      throw validationFailed([{ field: "query", message: "must be UTF-8, percent-encoded" }]);
    const encoding = req.headers["content-encoding"];
    if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
      throw new AppError("UNSUPPORTED_MEDIA_TYPE", "The body must not be compressed.");
    }
    done();
  });
}

/** Answers a request that is too large, or is not as HTTP has it; claims that it did. */
export function refuseMalformed({ raw }: FastifyRequest, reply: FastifyReply): boolean {
  const problem = problemOf(raw);
  if (problem !== undefined) reply.code(problem.status).type(PROBLEM_TYPE).send(problem);
  return problem !== undefined;
}

function problemOf(req: IncomingMessage) {
  const { url = "", rawHeaders } = req;
  if (url.length > MAX_URL_LENGTH) return malformedRequest(414, "The address is longer than 8,000 characters.");
  if (rawHeaders.length > 2 * MAX_HEADERS) return malformedRequest(431, "There are more than 100 headers.");
  if (lacksHost(req)) return malformedRequest(400, "There is no Host header.");
  return undefined;
}

/** Node makes one of several headers of the same name, so that in most requests there is nothing to look for. */
function repeatedHeader({ raw }: FastifyRequest): string | undefined {
  const { rawHeaders } = raw;
  if (rawHeaders.length === 2 * Object.keys(raw.headers).length) return undefined;
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    if (ONCE.has(name) && seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

/** Claims that the query is text; the router has read the path. */
function isUtf8(url: string): boolean {
  const query = url.indexOf("?");
  if (query === -1 || url.indexOf("%", query) === -1) return true;
  try {
    decodeURIComponent(url.slice(query + 1));
    return true;
  } catch {
    // What cannot be decoded is no text.
    return false;
  }
}
