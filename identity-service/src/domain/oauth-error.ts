/** The error words of RFC 6749, 5.2, RFC 7009, 2.2.1 and RFC 8693, 2.2.2, and the two of RFC 6749, 4.1.2.1 for what went wrong on our side. */
export type OAuthErrorWord =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "invalid_target"
  | "unsupported_token_type"
  | "temporarily_unavailable"
  | "server_error";

/** A refusal of an OAuth endpoint. `message` is the answer's `error_description`: it holds nothing that is secret. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly word: OAuthErrorWord;

  constructor(word: OAuthErrorWord, description: string, options?: ErrorOptions) {
    super(description, options);
    this.word = word;
  }
}
