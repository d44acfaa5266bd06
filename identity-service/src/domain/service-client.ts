/** A program that takes tokens of its own. */
export interface ServiceClient {
  readonly clientId: string;
  /** SHA-256 of its secret, 32 bytes. */
  readonly secretSha256: Buffer;
  /** All that it may ask for. */
  readonly scopes: readonly string[];
}
