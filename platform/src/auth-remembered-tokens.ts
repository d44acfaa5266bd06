import type { Caller } from "./auth-caller.ts";
import type { KeySet, VerificationKey } from "./auth-keys.ts";
import type { Revocations } from "./auth-revocations.ts";

/** A token that has been verified, and what could end it. */
export interface VerifiedToken {
  readonly caller: Caller;
  readonly expiresAtMs: number;
  readonly kid: string;
  readonly key: VerificationKey;
  /** The revocations that would take it back. */
  readonly entries: readonly string[];
}

/** Tokens that need not be verified again. */
export interface RememberedTokens {
  /** The caller of a remembered token that has not ended. */
  callerOf(token: string): Caller | undefined;
  add(token: string, verified: VerifiedToken): void;
  /** Forgets those whose key is gone and those that have been taken back. */
  review(keys: KeySet, revocations: Revocations): void;
}

/**
 * Creates the memory of at most `limit` tokens; the oldest is forgotten first. Only verified tokens come into it, so
 * nobody can drive others' out of it with tokens that he made himself.
 */
export function createRememberedTokens(limit: number): RememberedTokens {
  const remembered = new Map<string, VerifiedToken>();
  return {
    callerOf(token) {
      const found = remembered.get(token);
      if (found === undefined || Date.now() < found.expiresAtMs) return found?.caller;
      remembered.delete(token);
      return undefined;
    },
    add(token, verified) {
      const oldest = remembered.size >= limit ? remembered.keys().next().value : undefined;
      if (oldest !== undefined) remembered.delete(oldest);
      remembered.set(token, verified);
    },
    review(keys, revocations) {
      for (const [token, { kid, key, entries }] of remembered) {
        const isOver = keys.get(kid) !== key || entries.some((entry) => revocations.has(entry));
        if (isOver) remembered.delete(token);
      }
    },
  };
}
