import type { TokenVerifier } from "@shop/platform/auth";
import type { Keys } from "../domain/key-ring.ts";
import type { LoginThrottle } from "../domain/login-throttle.ts";
import type { Passwords } from "../domain/passwords.ts";
import type { Revocations } from "../domain/revocation.ts";
import type { WaitingRoom } from "../domain/waiting-room.ts";
import type { Events } from "../events.ts";
import type { KeyMaking } from "../store/key-ring.ts";
import type { Pool } from "../store/pool.ts";

/** What the routes work with. */
export interface Identity {
  readonly pool: Pool;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  /** Where the throttle's waits are waited. */
  readonly waitingRoom: WaitingRoom;
  readonly keys: Keys;
  /** How new keys are made; undefined with HS256, which has none. */
  readonly keyMaking: KeyMaking | undefined;
  readonly revocations: Revocations;
  /** Verifies the tokens that this service's own routes are called with. */
  readonly verifier: TokenVerifier;
  readonly events: Events;
  /** The `iss` of every token. */
  readonly issuer: string;
  /** Where callers find this service, without a slash at the end. */
  publicUrl(): string;
  /** The time of day, for tokens. */
  nowMs(): number;
  /** A clock that never goes back, for waiting. */
  monotonicMs(): number;
}
