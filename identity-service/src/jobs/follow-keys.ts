import { AppError } from "@shop/platform/errors";
import { type Keys, maxRingAgeMs, type RingKey } from "../domain/key-ring.ts";
import { publishedDocument } from "../domain/published-document.ts";
import { type PublicKey, sharedSecretKey } from "../domain/signing-key.ts";
import type { Events } from "../events.ts";
import { readKeyRing } from "../store/key-ring.ts";
import type { Pool } from "../store/pool.ts";
import { createFollower, type Follower } from "./follower.ts";

export interface FollowKeysOptions {
  readonly pool: Pool;
  /** What the private keys are encrypted with. */
  readonly secret: string | undefined;
  readonly events: Events;
  /** The pause between two readings, in milliseconds. */
  readonly everyMs?: number;
  monotonicMs(): number;
}

/** All processes on one database follow a rotation, or a removal, within this and the time that a reading takes. */
const usualEveryMs = 1_000;

/** The ring of the database, read again every second. */
export function followKeys(options: FollowKeysOptions): Keys & Follower {
  const { pool, secret, events, everyMs = usualEveryMs } = options;
  let ring: ReadonlyMap<string, RingKey> = new Map();
  let current: RingKey | undefined;
  let publicKeys: readonly PublicKey[] = [];
  let document = publishedDocument({ keys: publicKeys });
  let readAtMs = Number.NEGATIVE_INFINITY;

  async function read(): Promise<void> {
    const askedAtMs = options.monotonicMs();
    const keys = await readKeyRing(pool, secret, ring);
    const newCurrent = keys.find((key) => key.status === "current");
    if (newCurrent && newCurrent.kid !== current?.kid) events.signingKeyReady(newCurrent.kid);
    if (!newCurrent && (current || ring.size === 0)) events.signingKeyMissing();
    if (!hasSameIds(keys, ring)) publish(keys.map((key) => key.publicKey));
    ring = new Map(keys.map((key) => [key.kid, key]));
    current = newCurrent;
    readAtMs = askedAtMs;
  }

  function publish(keys: readonly PublicKey[]): void {
    publicKeys = keys;
    document = publishedDocument({ keys });
  }

  return {
    ...createFollower({ everyMs, read, onFailure: (err) => events.signingKeysUnreadable(err) }),
    current() {
      if (!current || options.monotonicMs() - readAtMs > maxRingAgeMs) {
        throw new AppError("UNAVAILABLE", "The key that signs is not known at the moment.");
      }
      return current;
    },
    find: (kid) => ring.get(kid),
    list: () => [...ring.values()],
    publicKeys: () => publicKeys,
    jwks: () => document,
  };
}

/** In the place of a ring: one secret that all services share, of which nothing is published. */
export function sharedSecret(secret: string): Keys & Follower {
  const key = sharedSecretKey(secret);
  const publicKeys: readonly PublicKey[] = [];
  const document = publishedDocument({ keys: publicKeys });
  return {
    current: () => key,
    find: (kid) => (kid === key.kid ? key : undefined),
    list: () => [],
    publicKeys: () => publicKeys,
    jwks: () => document,
    start: async () => {},
    refresh: async () => {},
    close: async () => {},
  };
}

function hasSameIds(keys: readonly RingKey[], ring: ReadonlyMap<string, RingKey>): boolean {
  return keys.length === ring.size && keys.every((key) => ring.has(key.kid));
}
