/** A program that takes tokens of its own. */
export interface ServiceClient {
  readonly clientId: string;
  /** SHA-256 of its secret, 32 bytes. */
  readonly secretSha256: Buffer;
  /** All that it may ask for, and {@link exchangePermission} where it may exchange tokens. */
  readonly scopes: readonly string[];
}

/**
 * The word among a client's scopes that lets it exchange users' tokens. It is a permission here and nowhere else: no token
 * has it as a scope.
 */
export const exchangePermission = "token-exchange";

/** What a client's own tokens may have as scope. */
export function tokenScopes({ scopes }: ServiceClient): string[] {
  return scopes.filter((scope) => scope !== exchangePermission);
}
