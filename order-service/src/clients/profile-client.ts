import type { ServiceTokens } from "@shop/platform/auth";
import { createProfileReader } from "@shop/platform/profile-reader";
import type { Tls } from "@shop/platform/tls";
import type { Address } from "../domain/order.ts";

/** The customers' profiles. */
export interface Profiles {
  /** The address of this user's profile; `undefined` where there is no such user or no address. */
  addressOf(userId: string, signal: AbortSignal): Promise<Address | undefined>;
}

/** The identity service's profiles over HTTP. */
export function createProfileClient(identityUrl: string, tokens: ServiceTokens, tls?: Tls): Profiles {
  const profiles = createProfileReader(identityUrl, tokens, tls);
  return { addressOf: async (userId, signal) => toAddress(await profiles.read(userId, signal)) };
}

function toAddress(profile: unknown): Address | undefined {
  const address = (profile as { address?: Partial<Address> | null } | null | undefined)?.address;
  if (!address) return undefined;
  const { street, city, state = "", zipCode, country } = address;
  if (!street || !city || !zipCode || !country) return undefined;
  return { street, city, state, zipCode, country };
}
