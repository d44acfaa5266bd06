import type { Role } from "./user.ts";

/** How long a login can be prolonged by refresh tokens: 30 days from the login, whatever happens in between. */
export const refreshFamilySeconds = 30 * 24 * 3600;

/** One login and all the refresh tokens that followed from it. */
export interface RefreshFamily {
  readonly id: string;
  readonly userId: string;
  /** The client it was given to, and the only one that may use it. */
  readonly clientId: string;
  readonly scope: readonly string[];
}

/** How one refresh token stands. */
export interface RefreshTokenState {
  readonly family: RefreshFamily;
  /** The user's role of now, not the one of the login. */
  readonly role: Role;
  /** Its successor has been given out. */
  readonly isUsed: boolean;
  /** The family has expired or was revoked. */
  readonly isOver: boolean;
}

/**
 * What to do with a refresh token that came back. A token is good once: the second use means that two hold it, of whom
 * one may be a thief, so all of the family ends (RFC 9700, 4.14.2). Another client's attempt ends nothing.
 */
export function judgeRefresh(
  state: RefreshTokenState | undefined,
  clientId: string,
): "rotate" | "refuse" | "revoke-family" {
  if (!state || state.isOver || state.family.clientId !== clientId) return "refuse";
  return state.isUsed ? "revoke-family" : "rotate";
}
