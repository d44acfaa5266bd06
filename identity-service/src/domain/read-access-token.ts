import type { KeyObject } from "node:crypto";
import { callerOf, serviceAudience, userAudience } from "@shop/platform/auth-caller";
import type { Claims } from "@shop/platform/auth-claims";
import { verifyAccessToken } from "@shop/platform/auth-verify";
import type { AccessTokenClaims } from "./access-token.ts";
import type { SigningAlgorithm } from "./signing-key.ts";
import { exchangeAudiences } from "./token-exchange.ts";

/** The keys that verify our own tokens. */
export interface TokenKeys {
  find(kid: string): { readonly alg: SigningAlgorithm; readonly verifyWith: KeyObject } | undefined;
}

/**
 * The claims of an access token that some service would take, whichever; else why it is none. It is verified as every
 * service does, but for the end: our own clock has set `exp`, so there is no tolerance.
 */
export function readAccessToken(
  token: string,
  { keys, issuer, nowMs }: { keys: TokenKeys; issuer: string; nowMs: number },
): AccessTokenClaims | "expired" | "unknown" {
  const verified = verifyAccessToken(token, verificationKeys(keys), {
    issuer,
    audiences: [userAudience, serviceAudience, ...exchangeAudiences],
    nowMs,
    toleranceSeconds: 0,
  });
  if ("refused" in verified) return verified.refused === "expired" ? "expired" : "unknown";
  return isAccessTokenClaims(verified.claims) ? verified.claims : "unknown";
}

function verificationKeys(keys: TokenKeys) {
  return {
    get(kid: string) {
      const key = keys.find(kid);
      return key && { alg: key.alg, key: key.verifyWith };
    },
  };
}

/** Its service would know whom it stands for. Of a text that our key has signed, all else is as we wrote it. */
function isAccessTokenClaims(claims: Claims): claims is Claims & AccessTokenClaims {
  return callerOf(claims, claims.aud) !== undefined && typeof claims.scope === "string";
}
