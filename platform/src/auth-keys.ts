import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { z } from "zod";

/** A key, and the one algorithm that it verifies. */
export interface VerificationKey {
  readonly alg: "ES256" | "RS256" | "HS256";
  readonly key: KeyObject;
}

/** The keys that tokens are verified with. A `kid` is a name to look up here, and nothing else is ever done with it. */
export interface KeySet {
  readonly size: number;
  get(kid: string): VerificationKey | undefined;
}

/** Public keys by their `kid`. */
export type PublicKeys = ReadonlyMap<string, VerificationKey>;

const jwksDocument = z.object({ keys: z.array(z.unknown()) });

/** What can be used of a list of keys, and what of it cannot. */
export interface ReadKeys {
  keys: PublicKeys;
  /** For each key that is malformed, which it is and why. */
  faults: readonly string[];
}

/** The keys of a JWKS document that can verify tokens. Throws where the document is none. */
export function readKeySet(document: unknown): ReadKeys {
  return keySetOf(jwksDocument.parse(document).keys);
}

/** The keys among these that can verify ES256 or RS256. Those of other kinds are left out, malformed ones as faults. */
export function keySetOf(jwks: readonly unknown[]): ReadKeys {
  const keys = new Map<string, VerificationKey>();
  const faults: string[] = [];
  for (const [index, jwk] of jwks.entries()) {
    try {
      if (!isObject(jwk)) throw new Error("it is not an object");
      const alg = algorithmOf(jwk);
      if (alg === undefined) continue;
      if (typeof jwk.kid !== "string" || jwk.kid === "") throw new Error("it has no kid");
      keys.set(jwk.kid, { alg, key: publicKey(jwk) });
    } catch (err) {
      faults.push(`keys[${index}]: ${(err as Error).message}`);
    }
  }
  return { keys, faults };
}

/** The one key of a system that signs with a shared secret (HS256); it is meant whatever `kid` a token names. */
export function secretKeySet(secret: string): KeySet {
  const key: VerificationKey = { alg: "HS256", key: createSecretKey(secret, "utf8") };
  return { size: 1, get: () => key };
}

/** The keys as just read: the same object as before where nothing has changed, and so is each key that stayed. */
export function renewedKeys(before: PublicKeys | undefined, read: PublicKeys): PublicKeys {
  if (before === undefined) return read;
  const renewed = new Map([...read].map(([kid, key]) => [kid, sameKey(before.get(kid), key) ?? key]));
  const isChanged = renewed.size !== before.size || [...renewed].some(([kid, key]) => before.get(kid) !== key);
  return isChanged ? renewed : before;
}

function sameKey(before: VerificationKey | undefined, read: VerificationKey): VerificationKey | undefined {
  return before?.alg === read.alg && before.key.equals(read.key) ? before : undefined;
}

function isObject(value: unknown): value is JsonWebKey {
  return typeof value === "object" && value !== null;
}

/** The algorithm that a key's kind has here; undefined where it has none, or says that it is for something else. */
function algorithmOf({ kty, crv, alg, use = "sig" }: JsonWebKey): "ES256" | "RS256" | undefined {
  const own = kty === "EC" && crv === "P-256" ? "ES256" : kty === "RSA" ? "RS256" : undefined;
  return use === "sig" && (alg === undefined || alg === own) ? own : undefined;
}

/** RFC 7518, 3.3: no shorter RSA key may be used. */
const leastModulusBits = 2048;

function publicKey({ kty, crv, x, y, n, e }: JsonWebKey): KeyObject {
  const publicPart = kty === "EC" ? { kty, crv, x, y } : { kty, n, e };
  const key = createPublicKey({ key: publicPart, format: "jwk" });
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < leastModulusBits)
    throw new Error(`it has ${bits} bits, less than ${leastModulusBits}`);
  return key;
}
