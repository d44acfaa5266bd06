import { OAuthError } from "../domain/oauth-error.ts";
import { readAccessToken } from "../domain/read-access-token.ts";
import { exchangeSubject } from "../domain/token-exchange.ts";
import { accessTokenType, type TokenRequest } from "../domain/token-request.ts";
import { authenticateClient } from "./authenticate-client.ts";
import type { Identity } from "./identity.ts";
import { issueAccessToken, type TokenAnswer } from "./issue-tokens.ts";

type ExchangeRequest = Extract<TokenRequest, { grant: "token_exchange" }>;

/** The token-exchange grant: a service's token to act for a user at one other service. */
export async function exchangeToken(identity: Identity, request: ExchangeRequest): Promise<TokenAnswer> {
  const client = await authenticateClient(identity.pool, request.credentials);
  const given = readAccessToken(request.subjectToken, { ...identity, nowMs: identity.nowMs() });
  if (given === "expired") throw new OAuthError("invalid_request", "The subject_token has expired.");
  if (given === "unknown") throw new OAuthError("invalid_request", "The subject_token is not valid.");
  if (identity.revocations.includes(given)) {
    throw new OAuthError("invalid_request", "The subject_token has been revoked.");
  }
  const subject = exchangeSubject(client, given, request);
  const answer = issueAccessToken(identity, request.grant, subject);
  return { ...answer, scope: subject.scope.join(" "), issued_token_type: accessTokenType };
}
