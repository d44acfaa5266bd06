import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";

/** The half of a key that everybody may have, as RFC 7517 writes it. */
export type PublicKey = {
  readonly kid: string;
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly alg: "ES256";
  readonly use: "sig";
};

export interface SigningKey {
  /** The RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

/** The keys in use: one signs; all that are published still verify. */
export interface KeyRing {
  readonly current: SigningKey;
  readonly published: readonly PublicKey[];
}

/** A new ES256 key. */
export function newSigningKey(): Promise<SigningKey> {
  return toSigningKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
}

/** The signing key that belongs to a private half. */
export async function toSigningKey(privateKey: KeyObject): Promise<SigningKey> {
  const { x, y } = createPublicKey(privateKey).export({ format: "jwk" }) as JsonWebKey;
  if (x === undefined || y === undefined) throw new Error("The signing key is not a key of the curve P-256.");
  const kid = await calculateJwkThumbprint({ kty: "EC", crv: "P-256", x, y });
  return { kid, privateKey, publicKey: { kid, kty: "EC", crv: "P-256", x, y, alg: "ES256", use: "sig" } };
}
