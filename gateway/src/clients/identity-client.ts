import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { currentCorrelation } from "@shop/platform/correlation";
import { AppError } from "@shop/platform/errors";
import { Agent as HttpAgent, request as requestHttp } from "@shop/platform/node-http";
import { type Tls, tlsClientOptions } from "@shop/platform/tls";

const TIMEOUT_MS = 5_000;

/** Larger than any answer that a client of ours gets of identity. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** What of identity's answer a client of ours may see. */
const PASSED_BACK = ["allow", "cache-control", "content-type", "etag", "pragma", "retry-after", "www-authenticate"];

/** A request to be passed on to identity as it came. */
export interface IdentityRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Identity's own path, such as "/login". */
  readonly path: string;
  readonly body?: Buffer;
  /** Those headers of the request that identity may see. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** Identity's answer. */
export interface IdentityAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The identity service as the REST edge needs it. */
export interface Identity {
  /** Identity's answer, whatever it is. Throws UNAVAILABLE where there is none. */
  passOn(request: IdentityRequest): Promise<IdentityAnswer>;
  close(): void;
}

/** Talks to the identity service at `url`, which over https is known by `tls`. */
export function createIdentity({ url, tls }: { url: string; tls?: Tls }): Identity {
  const isSecure = url.startsWith("https:");
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const send = isSecure ? requestHttps : requestHttp;
  return {
    async passOn({ method, path, body, headers, signal }) {
      try {
        const request = send(`${url}${path}`, {
          method,
          headers: withoutAbsent({ ...headers, ...correlationHeaders() }),
          agent,
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
          ...(isSecure && tls && tlsClientOptions(tls)),
        });
        const answered = once(request, "response");
        request.end(body);
        const [answer] = (await answered) as [IncomingMessage];
        return { status: answer.statusCode ?? 0, headers: passedBack(answer), body: await readBody(answer) };
      } catch (cause) {
        throw new AppError("UNAVAILABLE", "The identity service cannot be reached.", { retryAfterMs: 1_000, cause });
      }
    },
    close: () => agent.destroy(),
  };
}

/** Where something new is may be known; where identity redirects to is followed by nobody. */
function passedBack({ statusCode, headers }: IncomingMessage): Record<string, string> {
  const names = statusCode === 201 ? [...PASSED_BACK, "location"] : PASSED_BACK;
  return withoutAbsent(Object.fromEntries(names.map((name) => [name, headers[name]?.toString()])));
}

async function readBody(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`The answer is larger than ${MAX_ANSWER_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function correlationHeaders(): Record<string, string | undefined> {
  const correlation = currentCorrelation();
  return { "x-correlation-id": correlation?.correlationId, traceparent: correlation?.traceparent };
}

function withoutAbsent(headers: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] != null));
}
