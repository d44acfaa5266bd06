import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  type KeyObject,
  randomBytes,
  scrypt as scryptCallback,
} from "node:crypto";
import { promisify } from "node:util";

const scrypt = promisify<string, Buffer, number, Buffer>(scryptCallback);

/** A private key as it is stored. All bytes are in base64url. */
export type StoredPrivateKey =
  | { readonly form: "plain"; readonly pkcs8: string }
  | {
      readonly form: "aes-256-gcm";
      readonly salt: string;
      readonly nonce: string;
      readonly tag: string;
      readonly ciphertext: string;
    };

/** Puts a private key away: encrypted where there is a secret. The key's id is bound to it, so that rows cannot be swapped. */
export async function lockPrivateKey(
  kid: string,
  privateKey: KeyObject,
  secret: string | undefined,
): Promise<StoredPrivateKey> {
  const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" });
  if (secret === undefined) return { form: "plain", pkcs8: pkcs8.toString("base64url") };
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await scrypt(secret, salt, 32), nonce).setAAD(Buffer.from(kid));
  const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()]);
  return {
    form: "aes-256-gcm",
    salt: salt.toString("base64url"),
    nonce: nonce.toString("base64url"),
    tag: cipher.getAuthTag().toString("base64url"),
    ciphertext: ciphertext.toString("base64url"),
  };
}

/** Takes a private key out again. Throws where the secret is missing or another one. */
export async function unlockPrivateKey(
  kid: string,
  stored: StoredPrivateKey,
  secret: string | undefined,
): Promise<KeyObject> {
  switch (stored.form) {
    case "plain":
      return toPrivateKey(fromText(stored.pkcs8));
    case "aes-256-gcm":
      if (secret === undefined) throw new KeyLockedError(kid, "it is encrypted and KEY_ENCRYPTION_SECRET is not set");
      return toPrivateKey(await decrypt(kid, stored, secret));
    default:
      return stored satisfies never;
  }
}

/** The stored signing key cannot be read with what the service was given. */
export class KeyLockedError extends Error {
  override readonly name = "KeyLockedError";

  constructor(kid: string, reason: string, options?: ErrorOptions) {
    super(`The signing key ${kid} cannot be used: ${reason}.`, options);
  }
}

async function decrypt(
  kid: string,
  stored: Extract<StoredPrivateKey, { form: "aes-256-gcm" }>,
  secret: string,
): Promise<Buffer> {
  const key = await scrypt(secret, fromText(stored.salt), 32);
  const decipher = createDecipheriv("aes-256-gcm", key, fromText(stored.nonce), { authTagLength: 16 })
    .setAAD(Buffer.from(kid))
    .setAuthTag(fromText(stored.tag));
  try {
    return Buffer.concat([decipher.update(fromText(stored.ciphertext)), decipher.final()]);
  } catch (err) {
    throw new KeyLockedError(kid, "KEY_ENCRYPTION_SECRET is not the one it was encrypted with", { cause: err });
  }
}

function toPrivateKey(pkcs8: Buffer): KeyObject {
  return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
}

function fromText(text: string): Buffer {
  return Buffer.from(text, "base64url");
}
