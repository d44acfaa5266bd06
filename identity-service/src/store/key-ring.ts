import { inTransaction, type Queryable } from "@shop/platform/postgres";
import type { RingKey } from "../domain/key-ring.ts";
import { lockPrivateKey, unlockPrivateKey } from "../domain/key-vault.ts";
import { type KeyAlgorithm, newSigningKey, type PublishedKey, toSigningKey } from "../domain/signing-key.ts";
import type { Pool } from "./pool.ts";
import {
  activateSigningKey,
  deleteSigningKey,
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  type StoredKey,
} from "./signing-keys.ts";

/** How new keys are made. */
export interface KeyMaking {
  readonly alg: KeyAlgorithm;
  /** What private keys are encrypted with; undefined: they are stored as they are. */
  readonly secret: string | undefined;
  /** How long a key is published before it signs, in seconds. */
  readonly activationDelaySeconds: number;
}

/** Reads the ring, the latest key first. Keys that were `opened` before are not decrypted again. */
export async function readKeyRing(
  pool: Pool,
  secret: string | undefined,
  opened: ReadonlyMap<string, PublishedKey>,
): Promise<RingKey[]> {
  const stored = await listSigningKeys(pool);
  return Promise.all(
    stored.map(async ({ privateKey, ...times }) => {
      const key = opened.get(times.kid) ?? (await open({ privateKey, ...times }, secret));
      return { ...key, ...times };
    }),
  );
}

/**
 * Sees to it that the latest key is one for `alg`. The very first signs at once; processes that start together agree. Who
 * cannot open the keys there are adds none: the others could not open that one.
 */
export async function ensureSigningKey(pool: Pool, making: KeyMaking): Promise<void> {
  const isGoodEnough = (latest: Pick<StoredKey, "alg">) => latest.alg === making.alg;
  const [latest] = await readKeyRing(pool, making.secret, new Map());
  if (!latest || !isGoodEnough(latest)) await addUnless(pool, making, isGoodEnough);
}

/** Adds the key that will sign next and gives its id; while one waits for its time already, that one's. */
export function rotateSigningKeys(pool: Pool, making: KeyMaking): Promise<string> {
  return addUnless(pool, making, (latest) => latest.status === "next" && latest.alg === making.alg);
}

/**
 * Takes a key away at once: undefined where there is none of that id, else what it was. When it was the current one, the
 * next one signs from now on, or a new one where there is none.
 */
export function removeSigningKey(pool: Pool, kid: string, making: KeyMaking): Promise<StoredKey | undefined> {
  return inTransaction(pool, async (tx) => {
    await lockSigningKeys(tx);
    const keys = await listSigningKeys(tx);
    const removed = keys.find((key) => key.kid === kid);
    if (!removed) return undefined;
    await deleteSigningKey(tx, kid);
    if (removed.status === "current") await replaceAtOnce(tx, keys, making);
    return removed;
  });
}

async function replaceAtOnce(tx: Queryable, keys: readonly StoredKey[], making: KeyMaking): Promise<void> {
  const next = keys.findLast((key) => key.status === "next");
  if (next) await activateSigningKey(tx, next.kid);
  else await insertSigningKey(tx, { ...(await makeKey(making)), delaySeconds: 0 });
}

async function addUnless(pool: Pool, making: KeyMaking, isGoodEnough: (latest: StoredKey) => boolean): Promise<string> {
  const key = await makeKey(making);
  return inTransaction(pool, async (tx) => {
    await lockSigningKeys(tx);
    const [latest] = await listSigningKeys(tx);
    if (latest && isGoodEnough(latest)) return latest.kid;
    await insertSigningKey(tx, { ...key, delaySeconds: latest ? making.activationDelaySeconds : 0 });
    return key.kid;
  });
}

async function makeKey({ alg, secret }: KeyMaking): Promise<Pick<StoredKey, "kid" | "alg" | "privateKey">> {
  const { kid, signWith } = await newSigningKey(alg);
  return { kid, alg, privateKey: await lockPrivateKey(kid, signWith, secret) };
}

async function open({ kid, alg, privateKey }: StoredKey, secret: string | undefined): Promise<PublishedKey> {
  const key = await toSigningKey(await unlockPrivateKey(kid, privateKey, secret), alg);
  if (key.kid !== kid) throw new Error(`The signing key stored as ${kid} is another one.`);
  return key;
}
