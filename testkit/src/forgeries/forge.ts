import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign as signBytes,
} from "node:crypto";

/** A token that every door must refuse. */
export interface ForgedToken {
  /** What is wrong with it; unique in its list. */
  readonly name: string;
  readonly token: string;
  /** Where the attack, or the rule that it breaks, is described. */
  readonly source: string;
}

/** What forgeries are made of. */
export interface ForgeryMaterial {
  /** A token that the door under attack accepts; those forged from it say the same unless their names tell otherwise. */
  readonly token: string;
  /** The name of the service whose door it is: tokens for each other service are forged too. */
  readonly door?: string;
  /** The public key that verifies it, as it is published; undefined where it is signed with a shared secret. */
  readonly jwk?: JsonWebKey;
  /**
   * Signs with the real key whatever is given. Without it the forgeries that only the issuer could sign, such as an
   * expired token, are left out.
   */
  sign?(header: Part, payload: Part): string;
}

/** One part of a token before it is encoded: an object as JSON, a text or bytes as they are. */
export type Part = object | string | Buffer;

/** The material, taken apart. */
export interface Forge {
  readonly valid: string;
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  /** The three parts of the valid token as they were sent. */
  readonly parts: readonly [header: string, payload: string, signature: string];
  readonly jwk?: JsonWebKey;
  readonly door?: string;
  /** A token with the valid one's header and claims, others in the place of some, signed with the real key. */
  readonly signed?: (changes: { header?: object; claims?: object }) => string;
  readonly sign?: (header: Part, payload: Part) => string;
  /** The valid token's claims under an id of their own, so that no two forgeries are one text. */
  fresh(changes?: object): Record<string, unknown>;
}

/** Takes the material apart. */
export function createForge({ token, jwk, sign, door }: ForgeryMaterial): Forge {
  const [first = "", second = "", third = ""] = token.split(".");
  const header = decodePart(first);
  const claims = decodePart(second);
  const fresh = (changes: object = {}) => ({ ...claims, jti: randomUUID(), ...changes });
  const signed: Forge["signed"] = sign && ((changes) => sign({ ...header, ...changes.header }, fresh(changes.claims)));
  return { valid: token, header, claims, parts: [first, second, third], jwk, door, sign, signed, fresh };
}

/** A list of forgeries from `[name, token]` pairs that have one source. */
export function from(source: string, tokens: readonly (readonly [name: string, token: string])[]): ForgedToken[] {
  return tokens.map(([name, token]) => ({ name, token, source }));
}

/** The base64url text of a part. */
export function encodePart(part: Part): string {
  const bytes = typeof part === "string" || Buffer.isBuffer(part) ? part : JSON.stringify(part);
  return Buffer.from(bytes as string).toString("base64url");
}

/** A compact token (RFC 7515, 7.1) whose signature is what `signer` makes of the signing input. */
export function compact(header: Part, payload: Part, signer: (input: string) => Buffer): string {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  return `${input}.${signer(input).toString("base64url")}`;
}

/** Signs as `alg` says, with a private key or, for HS256 and its kind, with a secret. */
export function signerOf(alg: string, key: KeyObject | string | Buffer): (input: string) => Buffer {
  if (alg.startsWith("HS"))
    return (input) =>
      createHmac(`sha${alg.slice(2)}`, key)
        .update(input)
        .digest();
  const digest = alg === "EdDSA" ? null : `sha${alg.slice(2)}`;
  return (input) => signBytes(digest, Buffer.from(input), { key: key as KeyObject, dsaEncoding: "ieee-p1363" });
}

/** A key pair of the attacker's own. */
export function attackerKey(kind: "P-256" | "P-384" | "RSA" | "Ed25519"): { privateKey: KeyObject; jwk: JsonWebKey } {
  const { privateKey } = pairOf(kind);
  return { privateKey, jwk: createPublicKey(privateKey).export({ format: "jwk" }) };
}

function pairOf(kind: "P-256" | "P-384" | "RSA" | "Ed25519") {
  switch (kind) {
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "Ed25519":
      return generateKeyPairSync("ed25519");
    case "P-256":
    case "P-384":
      return generateKeyPairSync("ec", { namedCurve: kind });
    default:
      return kind satisfies never;
  }
}

function decodePart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
}
