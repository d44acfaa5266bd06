import type { ServiceTokens } from "@shop/platform/auth";
import { askIdentity, type IdentityAnswer } from "@shop/platform/auth-http";
import { AppError } from "@shop/platform/errors";
import { retryRead } from "@shop/platform/resilience";
import type { Address } from "../domain/order.ts";

const TIMEOUT_MS = 1500;
const ATTEMPTS = 3;

/** The customers' profiles. */
export interface Profiles {
  /** The address of this user's profile; `undefined` where there is no such user or no address. */
  addressOf(userId: string, signal: AbortSignal): Promise<Address | undefined>;
}

/** The identity service's profiles over HTTP. */
export function createProfileClient(identityUrl: string, tokens: ServiceTokens): Profiles {
  return {
    addressOf: (userId, signal) =>
      retryRead(() => readAddress(`${identityUrl}/internal/profiles/${encodeURIComponent(userId)}`, tokens, signal), {
        attempts: ATTEMPTS,
        signal,
      }),
  };
}

async function readAddress(url: string, tokens: ServiceTokens, signal: AbortSignal): Promise<Address | undefined> {
  const token = await tokens.get();
  const { status, body } = await ask(url, token, signal);
  if (status === 404) return undefined;
  if (status === 401) tokens.renew(token);
  if (status !== 200) throw new AppError("UNAVAILABLE", `The identity service answered ${status} for a profile.`);
  return toAddress(body);
}

async function ask(url: string, token: string, signal: AbortSignal): Promise<IdentityAnswer> {
  try {
    const headers = { authorization: `Bearer ${token}` };
    return await askIdentity(url, { method: "GET", headers, timeoutMs: TIMEOUT_MS, signal });
  } catch (err) {
    throw new AppError("UNAVAILABLE", "The identity service could not be asked for the profile.", { cause: err });
  }
}

function toAddress(profile: unknown): Address | undefined {
  const address = (profile as { address?: Partial<Address> | null } | null)?.address;
  if (!address) return undefined;
  const { street, city, state = "", zipCode, country } = address;
  if (!street || !city || !zipCode || !country) return undefined;
  return { street, city, state, zipCode, country };
}
