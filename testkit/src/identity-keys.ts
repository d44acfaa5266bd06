import { createHash, generateKeyPairSync, type JsonWebKey, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { compact, type Part, signerOf } from "./forgeries/forge.ts";

/** What signs tokens. */
export type TestAlgorithm = "ES256" | "RS256" | "HS256";

/** What a test's identity service signs with, and what it publishes of it. */
export interface TestKey {
  readonly alg: TestAlgorithm;
  /** What verifies its tokens: the public key, or the secret. */
  readonly verifyWith: KeyObject | string;
  /** As it is published; undefined for a secret. */
  readonly jwk?: JsonWebKey & { kid: string };
  /** A compact token of just these parts. */
  sign(header: Part, payload: Part): string;
}

/** Creates a key, or a secret of 64 characters. */
export function createTestKey(alg: TestAlgorithm): TestKey {
  if (alg === "HS256") {
    const secret = randomBytes(32).toString("hex");
    return { alg, verifyWith: secret, sign: (header, payload) => compact(header, payload, signerOf(alg, secret)) };
  }
  const { privateKey, publicKey } =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    alg,
    verifyWith: publicKey,
    jwk: { ...publicKey.export({ format: "jwk" }), kid: randomUUID(), alg, use: "sig" },
    sign: (header, payload) => compact(header, payload, signerOf(alg, privateKey)),
  };
}

/** What is taken back: one token, all of a user's or a client's, or all of one login's. */
export type Withdrawal = { jti: string } | { sub: string } | { sid: string };

/** A withdrawal as the list of revocations has it. */
export function revocationEntry(withdrawal: Withdrawal): string {
  const [[kind, value] = []] = Object.entries(withdrawal);
  const text = kind === "sub" ? `sub:${String(value).toLowerCase()}` : `${kind}:${value}`;
  return createHash("sha256").update(text).digest("base64url");
}
