import type { ServiceTokens } from "./auth.ts";
import { askIdentity, type IdentityAnswer, type IdentityRequest } from "./auth-http.ts";
import { AppError } from "./errors.ts";
import { retryRead } from "./resilience.ts";
import type { Tls } from "./tls.ts";

const TIMEOUT_MS = 1500;
const ATTEMPTS = 3;

/** The users' profiles, as the identity service has them. */
export interface ProfileReader {
  /**
   * The profile of this user as it was answered, not yet looked into: undefined where the identity service says that there
   * is no such user, null where the answer is not JSON. UNAVAILABLE where it gives none after three tries.
   */
  read(userId: string, signal: AbortSignal): Promise<unknown>;
}

/** Reads profiles over HTTP with the service's own token, which needs the scope `profiles`. */
export function createProfileReader(identityUrl: string, tokens: ServiceTokens, tls?: Tls): ProfileReader {
  return {
    read(userId, signal) {
      const url = `${identityUrl}/internal/profiles/${encodeURIComponent(userId)}`;
      return retryRead(() => readOnce(url, tokens, { signal, tls }), { attempts: ATTEMPTS, signal });
    },
  };
}

/** How identity is asked. */
type Asked = Pick<IdentityRequest, "signal" | "tls">;

async function readOnce(url: string, tokens: ServiceTokens, asked: Asked): Promise<unknown> {
  const token = await tokens.get();
  const { status, body } = await ask(url, token, asked);
  if (status === 404 && isNoSuchUser(body)) return undefined;
  if (status === 401) tokens.renew(token);
  if (status !== 200) throw new AppError("UNAVAILABLE", `The identity service answered ${status} for a profile.`);
  return body ?? null;
}

/** Anything on the way to the identity service may answer 404 too; only the identity service says it like this. */
function isNoSuchUser(body: unknown): boolean {
  return (body as { code?: unknown } | null | undefined)?.code === "NOT_FOUND";
}

async function ask(url: string, token: string, asked: Asked): Promise<IdentityAnswer> {
  try {
    const headers = { authorization: `Bearer ${token}` };
    return await askIdentity(url, { method: "GET", headers, timeoutMs: TIMEOUT_MS, ...asked });
  } catch (err) {
    throw new AppError("UNAVAILABLE", "The identity service could not be asked for the profile.", { cause: err });
  }
}
