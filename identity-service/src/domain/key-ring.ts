import { accessTokenSeconds } from "./access-token.ts";
import type { PublishedDocument } from "./published-document.ts";
import type { TokenKeys } from "./read-access-token.ts";
import type { PublicKey, PublishedKey, SigningKey } from "./signing-key.ts";

/**
 * What a key is for, as the database's clock has it:
 * - `next`: published, so that every verifier has it before the first token that it signs; becomes current at its time;
 * - `current`: signs, the latest of those whose time has come; becomes previous when the next one's time has come;
 * - `previous`: verifies what it has signed until that has expired; then it goes.
 */
export type KeyStatus = "next" | "current" | "previous";

/** A key of the ring with its times. */
export interface RingKey extends PublishedKey {
  readonly status: KeyStatus;
  readonly createdAt: Date;
  readonly activatesAt: Date;
  /** When it goes; absent while no other follows it. */
  readonly retiresAt?: Date;
}

/**
 * How long a key stays after another has taken its place. A process that cannot reach the database signs with the old one
 * for up to `maxRingAgeMs` more; then come the token's own life and the difference of clocks.
 */
export const retireAfterSeconds = accessTokenSeconds + 60;

/** Who has not read the ring for so long does not sign: another key may be the current one. */
export const maxRingAgeMs = 10_000;

/** The keys as they are now, for the routes. */
export interface Keys extends TokenKeys {
  /** The key that signs; UNAVAILABLE while that is not known for sure. */
  current(): SigningKey;
  /** All of them, the latest first, as last read. */
  list(): readonly RingKey[];
  /** Their public halves; the same object until they change. */
  publicKeys(): readonly PublicKey[];
  /** The JWKS document, as last read. */
  jwks(): PublishedDocument;
  /** Reads them anew; what cannot be read stays as it is. */
  refresh(): Promise<void>;
}
