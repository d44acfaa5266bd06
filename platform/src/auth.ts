import { type Caller, callerOf, serviceAudience, userAudience } from "./auth-caller.ts";
import { clockToleranceSeconds } from "./auth-claims.ts";
import type { KeySet } from "./auth-keys.ts";
import { createRememberedTokens } from "./auth-remembered-tokens.ts";
import { entriesOfToken } from "./auth-revocations.ts";
import { type OwnRules, ownRules, type PublishedRules, publishedRules, type Rules } from "./auth-rules.ts";
import { type Verified, verifyAccessToken } from "./auth-verify.ts";
import { AppError } from "./errors.ts";

export type { Caller, Role } from "./auth-caller.ts";
export { type RevocationKind, type Revocations, revocationEntry } from "./auth-revocations.ts";
export { createServiceTokens, type ServiceTokens, type ServiceTokensOptions } from "./service-tokens.ts";

/** Which tokens are accepted, and what they are verified against. */
export type TokenVerifierOptions = (PublishedRules | OwnRules) & {
  /** The only accepted `iss`. */
  issuer: string;
  /** This service's own name: the `aud` of users' tokens that were exchanged for this service alone. */
  audience: string;
};

/** Verifies access tokens locally. */
export interface TokenVerifier {
  /** Reads the keys and the revocations for the first time, within a limit, and goes on reading them. */
  start(): Promise<void>;
  close(): Promise<void>;
  /** The caller a token stands for. Throws UNAUTHENTICATED; UNAVAILABLE while no keys have been read yet. */
  verify(token: string): Caller;
  /** The readiness check: rejects while there are no keys to verify with. */
  ready(): Promise<void>;
}

/** How many verified tokens are remembered. */
const maxRemembered = 10_000;

/**
 * Creates a verifier of access tokens (RFC 9068): `typ` at+jwt, signed with the algorithm of the key that `kid` names
 * (ES256 or RS256; only HS256 where there is a shared secret), `iss`, `exp`, `iat`, `sub` and `jti` present and right, and
 * one `aud`: the users', the services', or this service's own name.
 *
 * A verified token is remembered, by its whole text, until it ends, its key is gone, or it is revoked. What identity
 * publishes is read every 5 s and identity follows its own database within 2 s: what was removed is refused within 10 s.
 * While identity is away, what was read last stays: tokens go on being accepted, none for longer than it lives, and
 * revocations do not arrive, which the age of the last reading shows (`token_revocations_age_seconds`).
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience } = options;
  const rules = "url" in options ? publishedRules(options) : ownRules(options);
  const remembered = createRememberedTokens(maxRemembered);
  let reviewed: { keys?: KeySet; revocations?: ReadonlySet<string> } = {};

  function review(keys: KeySet, revocations: ReadonlySet<string>): void {
    if (reviewed.keys === keys && reviewed.revocations === revocations) return;
    remembered.review(keys, revocations);
    reviewed = { keys, revocations };
  }

  return {
    start: rules.start,
    close: rules.close,
    verify(token) {
      const keys = keysOf(rules);
      const revocations = rules.revocations();
      review(keys, revocations);
      const known = remembered.callerOf(token);
      if (known !== undefined) return known;
      const { claims, ...signedWith } = verifiedToken(token, keys, { issuer, audience });
      const caller = callerOf(claims, audience);
      if (caller === undefined) throw refused("The token's subject, audience or role is none of ours.");
      const entries = entriesOfToken(claims);
      if (entries.some((entry) => revocations.has(entry))) throw refused("The token has been revoked.");
      remembered.add(token, { caller, expiresAtMs: claims.exp * 1000, entries, ...signedWith });
      return caller;
    },
    async ready() {
      if (keysOf(rules).size === 0) throw new Error("There is no key to verify tokens with.");
    },
  };
}

function keysOf(rules: Rules): KeySet {
  const keys = rules.keys();
  if (keys === undefined) throw new AppError("UNAVAILABLE", "The keys that verify tokens have not been read yet.");
  return keys;
}

function verifiedToken(
  token: string,
  keys: KeySet,
  { issuer, audience }: { issuer: string; audience: string },
): Verified {
  const verified = verifyAccessToken(token, keys, {
    issuer,
    audiences: [userAudience, serviceAudience, audience],
    nowMs: Date.now(),
    toleranceSeconds: clockToleranceSeconds,
  });
  if ("refused" in verified) throw refused(verified.reason, verified.cause);
  return verified;
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError("UNAUTHENTICATED", message, { cause });
}
