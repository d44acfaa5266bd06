import jsonwebtoken from "jsonwebtoken";
import { type Claims, claimsOf } from "./auth-claims.ts";
import type { KeySet, VerificationKey } from "./auth-keys.ts";
import { type JsonObject, parseObject, parseToken } from "./auth-token.ts";

/** What a token is held to. */
export interface Expected {
  /** The only accepted `iss`. */
  readonly issuer: string;
  /** The accepted values of `aud`. */
  readonly audiences: readonly [string, ...string[]];
  /** The time of day, in milliseconds. */
  readonly nowMs: number;
  /** For how long after its `exp`, and before its `nbf`, a token is taken, for clocks that differ. */
  readonly toleranceSeconds: number;
}

/** A token that is what it says, and the key that shows it. */
export interface Verified {
  readonly claims: Claims;
  readonly kid: string;
  readonly key: VerificationKey;
}

/** Why a token is none to go by; `reason` is a sentence for its bearer. */
export interface Refusal {
  readonly refused: "expired" | "invalid";
  readonly reason: string;
  readonly cause?: unknown;
}

/**
 * Verifies an access token (RFC 9068) by itself, whoever its subject is and whether or not it has been taken back: `typ`
 * at+jwt, signed with the algorithm of the key that `kid` names, `iss`, `aud`, `exp`, `iat`, `sub` and `jti` present and
 * right. The one place where this is decided, for the services and for the issuer itself.
 */
export function verifyAccessToken(token: string, keys: Pick<KeySet, "get">, expected: Expected): Verified | Refusal {
  const signed = parseToken(token);
  if (signed === undefined) return invalid("This is no token.");
  const kid = keyIdOf(signed.header);
  const key = kid === undefined ? undefined : keys.get(kid);
  if (kid === undefined || key === undefined) return invalid("The token is not signed with a known key.");
  const fault = faultOf(token, key, expected);
  if (fault !== undefined) return fault;
  const payload = parseObject(signed.payload);
  const claims = payload && claimsOf(payload, expected.nowMs / 1000);
  return claims ? { claims, kid, key } : invalid("The token's claims are not those of an access token.");
}

/** The library's own check of signature, algorithm, times, issuer and audience. */
function faultOf(token: string, { alg, key }: VerificationKey, expected: Expected): Refusal | undefined {
  try {
    jsonwebtoken.verify(token, key, {
      algorithms: [alg],
      issuer: expected.issuer,
      audience: [...expected.audiences],
      clockTimestamp: Math.floor(expected.nowMs / 1000),
      clockTolerance: expected.toleranceSeconds,
    });
    return undefined;
  } catch (cause) {
    const isExpired = cause instanceof jsonwebtoken.TokenExpiredError;
    if (isExpired) return { refused: "expired", reason: "The token has expired.", cause };
    return { ...invalid("The token is not valid."), cause };
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

function invalid(reason: string): Refusal {
  return { refused: "invalid", reason };
}
