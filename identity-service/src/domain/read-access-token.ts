import type { KeyObject } from "node:crypto";
import { maxTokenLength, parseToken } from "@shop/platform/auth-token";
import jwt from "jsonwebtoken";
import type { AccessTokenClaims } from "./access-token.ts";
import type { SigningAlgorithm } from "./signing-key.ts";

export { maxTokenLength };

/** The keys that verify our own tokens. */
export interface TokenKeys {
  find(kid: string): { readonly alg: SigningAlgorithm; readonly verifyWith: KeyObject } | undefined;
}

/**
 * The claims of an access token that we signed, whomever it is for; else why it is none. A key verifies only with its own
 * algorithm. Our own clock has set `exp`, so there is no tolerance.
 */
export function readAccessToken(
  token: string,
  { keys, issuer, nowMs }: { keys: TokenKeys; issuer: string; nowMs: number },
): AccessTokenClaims | "expired" | "unknown" {
  const key = keys.find(keyIdOf(token) ?? "");
  if (!key) return "unknown";
  try {
    const claims = jwt.verify(token, key.verifyWith, {
      algorithms: [key.alg],
      issuer,
      clockTimestamp: Math.floor(nowMs / 1000),
    });
    return isAccessTokenClaims(claims) ? claims : "unknown";
  } catch (err) {
    return err instanceof jwt.TokenExpiredError ? "expired" : "unknown";
  }
}

/** The `kid` of an access token's header. `crit` asks for an extension to be understood, and none is (RFC 7515, 4.1.11). */
function keyIdOf(token: string): string | undefined {
  const header = parseToken(token)?.header;
  if (header === undefined || "crit" in header) return undefined;
  const { typ, kid } = header;
  return typ === "at+jwt" && typeof kid === "string" ? kid : undefined;
}

/** Of a text that our key has signed as an access token, all else is as we wrote it. */
function isAccessTokenClaims(claims: unknown): claims is AccessTokenClaims {
  if (typeof claims !== "object" || claims === null) return false;
  const { sub, aud, jti, exp, scope } = claims as Record<string, unknown>;
  return [sub, aud, jti, scope].every((claim) => typeof claim === "string") && typeof exp === "number";
}
