import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { z } from "zod";

/** Public keys by their `kid`. */
export type KeySet = ReadonlyMap<string, KeyObject>;

const jwksDocument = z.object({ keys: z.array(z.unknown()) });

/** What can be used of a list of keys, and what of it cannot. */
export interface ReadKeys {
  keys: KeySet;
  /** For each key that is malformed, which it is and why. */
  faults: readonly string[];
}

/** The keys of a JWKS document that can verify ES256. Throws where the document is none. */
export function readKeySet(document: unknown): ReadKeys {
  return keySetOf(jwksDocument.parse(document).keys);
}

/** The keys among these that can verify ES256. Those of other kinds are left out, malformed ones as faults. */
export function keySetOf(jwks: readonly unknown[]): ReadKeys {
  const keys = new Map<string, KeyObject>();
  const faults: string[] = [];
  for (const [index, jwk] of jwks.entries()) {
    try {
      if (!isObject(jwk)) throw new Error("it is not an object");
      if (!isVerificationKey(jwk)) continue;
      if (typeof jwk.kid !== "string" || jwk.kid === "") throw new Error("it has no kid");
      keys.set(jwk.kid, createPublicKey({ key: publicPart(jwk), format: "jwk" }));
    } catch (err) {
      faults.push(`keys[${index}]: ${(err as Error).message}`);
    }
  }
  return { keys, faults };
}

/** Claims that two sets hold the same keys. */
export function isSameKeySet(one: KeySet, other: KeySet): boolean {
  return one.size === other.size && [...one].every(([kid, key]) => other.get(kid)?.equals(key));
}

function isObject(value: unknown): value is JsonWebKey {
  return typeof value === "object" && value !== null;
}

function isVerificationKey(jwk: JsonWebKey): boolean {
  const { kty, crv, alg = "ES256", use = "sig" } = jwk;
  return kty === "EC" && crv === "P-256" && alg === "ES256" && use === "sig";
}

function publicPart({ kty, crv, x, y }: JsonWebKey): JsonWebKey {
  return { kty, crv, x, y };
}
