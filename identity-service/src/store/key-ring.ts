import { lockPrivateKey, unlockPrivateKey } from "../domain/key-vault.ts";
import { type KeyRing, newSigningKey, type SigningKey, toSigningKey } from "../domain/signing-key.ts";
import type { Pool } from "./pool.ts";
import { listSigningKeys, offerCurrentKey, type StoredKey } from "./signing-keys.ts";

/** Reads the keys; where there is no current one yet, makes it. Processes that start together end with the same. */
export async function loadKeyRing(pool: Pool, secret: string | undefined): Promise<KeyRing> {
  let stored = await listSigningKeys(pool);
  if (!hasCurrent(stored)) {
    const key = await newSigningKey();
    await offerCurrentKey(pool, key.kid, await lockPrivateKey(key.kid, key.privateKey, secret));
    stored = await listSigningKeys(pool);
  }
  const keys = await Promise.all(stored.map((key) => unlock(key, secret)));
  const current = keys[0];
  if (!current || !hasCurrent(stored)) throw new Error("There is no current signing key.");
  return { current, published: keys.map((key) => key.publicKey) };
}

function hasCurrent(stored: readonly StoredKey[]): boolean {
  return stored[0]?.status === "current";
}

async function unlock(stored: StoredKey, secret: string | undefined): Promise<SigningKey> {
  const key = await toSigningKey(await unlockPrivateKey(stored.kid, stored.privateKey, secret));
  if (key.kid !== stored.kid) throw new Error(`The signing key stored as ${stored.kid} is another one.`);
  return key;
}
