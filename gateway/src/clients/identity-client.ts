import { currentCorrelation } from "@shop/platform/correlation";
import { AppError } from "@shop/platform/errors";

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
}

/** Talks to the identity service at `url`. */
export function createIdentity({ url }: { url: string }): Identity {
  return {
    async passOn({ method, path, body, headers, signal }) {
      try {
        const answer = await fetch(`${url}${path}`, {
          method,
          body: body && new Uint8Array(body),
          headers: withoutAbsent({ ...headers, ...correlationHeaders() }),
          redirect: "manual",
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        return {
          status: answer.status,
          headers: passedBack(answer),
          body: await readBody(answer),
        };
      } catch (cause) {
        throw new AppError("UNAVAILABLE", "The identity service cannot be reached.", { retryAfterMs: 1_000, cause });
      }
    },
  };
}

/** Where something new is may be known; where identity redirects to is followed by nobody. */
function passedBack({ status, headers }: Response): Record<string, string> {
  const names = status === 201 ? [...PASSED_BACK, "location"] : PASSED_BACK;
  return withoutAbsent(Object.fromEntries(names.map((name) => [name, headers.get(name)])));
}

async function readBody({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
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
