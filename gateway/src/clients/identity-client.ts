import { currentCorrelation } from "@shop/platform/correlation";
import { AppError } from "@shop/platform/errors";

const TIMEOUT_MS = 5_000;

/** What of identity's answer a client of ours may see. */
const PASSED_BACK = ["content-type", "cache-control", "pragma", "retry-after", "www-authenticate"];

/** A request to be passed on to identity as it came. */
export interface IdentityRequest {
  readonly method: "GET" | "POST";
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
          headers: withoutAbsent(Object.fromEntries(PASSED_BACK.map((name) => [name, answer.headers.get(name)]))),
          body: Buffer.from(await answer.arrayBuffer()),
        };
      } catch (cause) {
        throw new AppError("UNAVAILABLE", "The identity service cannot be reached.", { retryAfterMs: 1_000, cause });
      }
    },
  };
}

function correlationHeaders(): Record<string, string | undefined> {
  const correlation = currentCorrelation();
  return { "x-correlation-id": correlation?.correlationId, traceparent: correlation?.traceparent };
}

function withoutAbsent(headers: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] != null));
}
