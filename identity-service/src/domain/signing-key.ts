import { createPublicKey, createSecretKey, generateKeyPair, type JsonWebKey, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";

/** What keys of our own are for; each verifies with its own algorithm only. */
export type KeyAlgorithm = "ES256" | "RS256";

/** What tokens may be signed with: a key of our own, or with HS256 the secret that all services share. */
export type SigningAlgorithm = KeyAlgorithm | "HS256";

/** The half of a key that everybody may have, as RFC 7517 writes it. */
export type PublicKey =
  | {
      readonly kid: string;
      readonly kty: "EC";
      readonly crv: "P-256";
      readonly x: string;
      readonly y: string;
      readonly alg: "ES256";
      readonly use: "sig";
    }
  | {
      readonly kid: string;
      readonly kty: "RSA";
      readonly n: string;
      readonly e: string;
      readonly alg: "RS256";
      readonly use: "sig";
    };

export interface SigningKey {
  /** The RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly signWith: KeyObject;
  readonly verifyWith: KeyObject;
}

/** A key of our own, whose public half is published. */
export interface PublishedKey extends SigningKey {
  readonly alg: KeyAlgorithm;
  readonly publicKey: PublicKey;
}

const rsaBits = 2048;

/** A new key for `alg`; made off the event loop. */
export async function newSigningKey(alg: KeyAlgorithm): Promise<PublishedKey> {
  const generate = promisify(generateKeyPair);
  switch (alg) {
    case "ES256":
      return toSigningKey((await generate("ec", { namedCurve: "P-256" })).privateKey, alg);
    case "RS256":
      return toSigningKey((await generate("rsa", { modulusLength: rsaBits })).privateKey, alg);
    default:
      return alg satisfies never;
  }
}

/** The signing key that belongs to a private half. */
export async function toSigningKey(privateKey: KeyObject, alg: KeyAlgorithm): Promise<PublishedKey> {
  const verifyWith = createPublicKey(privateKey);
  const publicKey = await publicKeyOf(verifyWith, alg);
  return { kid: publicKey.kid, alg, publicKey, signWith: privateKey, verifyWith };
}

/** Its id says nothing about the secret: whoever has a token may see it. */
export function sharedSecretKey(secret: string): SigningKey {
  const key = createSecretKey(secret, "utf8");
  return { kid: "shared-secret", alg: "HS256", signWith: key, verifyWith: key };
}

async function publicKeyOf(key: KeyObject, alg: KeyAlgorithm): Promise<PublicKey> {
  const { kty, crv, x, y, n, e } = key.export({ format: "jwk" }) as JsonWebKey;
  switch (alg) {
    case "ES256": {
      if (crv !== "P-256" || x === undefined || y === undefined) throw misfit(alg);
      const kid = await calculateJwkThumbprint({ kty: "EC", crv, x, y });
      return { kid, kty: "EC", crv, x, y, alg, use: "sig" };
    }
    case "RS256": {
      const isLongEnough = (key.asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBits;
      if (kty !== "RSA" || n === undefined || e === undefined || !isLongEnough) throw misfit(alg);
      const kid = await calculateJwkThumbprint({ kty: "RSA", n, e });
      return { kid, kty: "RSA", n, e, alg, use: "sig" };
    }
    default:
      return alg satisfies never;
  }
}

function misfit(alg: KeyAlgorithm): Error {
  return new Error(`A stored signing key is none for ${alg}.`);
}
