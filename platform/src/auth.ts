import jsonwebtoken from "jsonwebtoken";
import { type Caller, callerOf, serviceAudience, userAudience } from "./auth-caller.ts";
import { type Claims, claimsOf, clockToleranceSeconds } from "./auth-claims.ts";
import type { KeySet, VerificationKey } from "./auth-keys.ts";
import { createRememberedTokens } from "./auth-remembered-tokens.ts";
import { entriesOfToken } from "./auth-revocations.ts";
import { type OwnRules, ownRules, type PublishedRules, publishedRules, type Rules } from "./auth-rules.ts";
import { type JsonObject, parseObject, parseToken } from "./auth-token.ts";
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

type Verified = { claims: Claims; kid: string; key: VerificationKey };

function verifiedToken(token: string, keys: KeySet, expected: { issuer: string; audience: string }): Verified {
  const signed = parseToken(token);
  if (signed === undefined) throw refused("This is no token.");
  const kid = keyIdOf(signed.header);
  const key = kid === undefined ? undefined : keys.get(kid);
  if (kid === undefined || key === undefined) throw refused("The token is not signed with a known key.");
  verifySignature(token, key, expected);
  const payload = parseObject(signed.payload);
  const claims = payload && claimsOf(payload, Date.now() / 1000);
  if (claims === undefined) throw refused("The token's claims are not those of an access token.");
  return { claims, kid, key };
}

/** The library's own check of signature, algorithm, times, issuer and audience. */
function verifySignature(token: string, { alg, key }: VerificationKey, expected: { issuer: string; audience: string }) {
  try {
    jsonwebtoken.verify(token, key, {
      algorithms: [alg],
      issuer: expected.issuer,
      audience: [userAudience, serviceAudience, expected.audience],
      clockTolerance: clockToleranceSeconds,
    });
  } catch (err) {
    if (err instanceof jsonwebtoken.TokenExpiredError) throw refused("The token has expired.", err);
    throw refused("The token is not valid.", err);
  }
}

/**
 * Parameters that are never in a header of ours: keys and addresses of keys are never taken from a token (RFC 8725, 3.10),
 * no extension that `crit` demands is known (RFC 7515, 4.1.11), and no payload is compressed, encrypted or bare.
 */
const strangers = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"];

/** The name of an access token's key, empty where it has none; undefined where the header is not an access token's. */
function keyIdOf(header: JsonObject): string | undefined {
  if (!isAccessTokenType(header.typ) || strangers.some((name) => Object.hasOwn(header, name))) return undefined;
  return typeof header.kid === "string" ? header.kid : "";
}

function isAccessTokenType(typ: unknown): boolean {
  return typeof typ === "string" && /^(application\/)?at\+jwt$/i.test(typ);
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError("UNAUTHENTICATED", message, { cause });
}
