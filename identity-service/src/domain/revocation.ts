import { type RevocationKind, revocationEntry } from "@shop/platform/auth-revocations";
import { type AccessTokenClaims, accessTokenSeconds } from "./access-token.ts";
import type { PublishedDocument } from "./published-document.ts";

/** What is revoked: one access token by its id, all of a login's by the login's id, or all of a user's. */
export interface Revocation {
  readonly kind: RevocationKind;
  readonly id: string;
}

/** The list as it is now, for the routes. */
export interface Revocations {
  /** Claims that the token with these claims is revoked. */
  includes(claims: Pick<AccessTokenClaims, "jti" | "sid" | "sub">): boolean;
  /** The hashes in base64url; the same object until they change. */
  entries(): ReadonlySet<string>;
  /** What verifiers read. */
  document(): PublishedDocument;
  /** Reads it anew; what cannot be read stays as it is. */
  refresh(): Promise<void>;
}

/** How long an entry is listed: until the last token that it concerns has expired everywhere, whatever the clocks say. */
export const revocationSeconds = accessTokenSeconds + 60;

/** How many entries every verifier can read; beyond it only deleted users are added. */
export const maxRevocations = 20_000;

/** From here on only what must be listed is: deleted users and stolen logins. Who wants to log out is asked to come again. */
export const fullRevocations = 18_000;

/** So many tokens of one login are listed one by one; with the next the login is, which takes the place of all of them. */
export const maxRevokedTokensOfLogin = 9;

/** What is stored of an entry: the bytes of what is published, from which nobody can tell whom it is about. */
export function revocationHash({ kind, id }: Revocation): Buffer {
  return Buffer.from(revocationEntry(kind, id), "base64url");
}
