import type { TokenVerifier } from "@shop/platform/auth";

import type { LoginThrottle } from "../domain/login-throttle.ts";
import type { Passwords } from "../domain/passwords.ts";
import type { KeyRing } from "../domain/signing-key.ts";
import type { Events } from "../events.ts";
import type { Pool } from "../store/pool.ts";

/** What the routes work with. */
export interface Identity {
  readonly pool: Pool;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly keys: KeyRing;
  /** Verifies this service's own tokens. */
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
