import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { z } from "zod";

/** Public keys by their `kid`. */
export type KeySet = ReadonlyMap<string, KeyObject>;

const jwksDocument = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/** The keys of a JWKS document that can verify ES256. Throws where the document is none; leaves out keys of other kinds. */
export function readKeySet(document: unknown): KeySet {
  return keySetOf(jwksDocument.parse(document).keys);
}

/** The keys among these that can verify ES256. */
export function keySetOf(jwks: readonly JsonWebKey[]): KeySet {
  const keys = new Map<string, KeyObject>();
  for (const jwk of jwks) {
    if (typeof jwk.kid !== "string" || !isVerificationKey(jwk)) continue;
    keys.set(jwk.kid, createPublicKey({ key: publicPart(jwk), format: "jwk" }));
  }
  return keys;
}

/** Claims that two sets hold the same keys. */
export function isSameKeySet(one: KeySet, other: KeySet): boolean {
  return one.size === other.size && [...one].every(([kid, key]) => other.get(kid)?.equals(key));
}

function isVerificationKey(jwk: JsonWebKey): boolean {
  const { kty, crv, alg = "ES256", use = "sig" } = jwk;
  return kty === "EC" && crv === "P-256" && alg === "ES256" && use === "sig";
}

function publicPart({ kty, crv, x, y }: JsonWebKey): JsonWebKey {
  return { kty, crv, x, y };
}
