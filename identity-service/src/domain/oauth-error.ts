/** The error words of RFC 6749, 5.2, and the two of 4.1.2.1 for what went wrong on our side. */
export type OAuthErrorWord =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "invalid_scope"
  | "temporarily_unavailable"
  | "server_error";

/** A refusal of the token endpoint. `message` is the answer's `error_description`: it holds nothing that is secret. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly word: OAuthErrorWord;

  constructor(word: OAuthErrorWord, description: string, options?: ErrorOptions) {
    super(description, options);
    this.word = word;
  }
}
