import { inTransaction, type Queryable } from "@shop/platform/postgres";
import { loginClientId } from "../domain/access-token.ts";
import { OAuthError } from "../domain/oauth-error.ts";
import { judgeRefresh, type RefreshTokenState } from "../domain/refresh-token.ts";
import { narrowScope } from "../domain/scope.ts";
import { hashSecret, newSecret } from "../domain/secret.ts";
import type { TokenRequest } from "../domain/token-request.ts";
import { lockRefreshToken, replaceRefreshToken, revokeRefreshFamily } from "../store/refresh-tokens.ts";
import { authenticateClient } from "./authenticate-client.ts";
import type { Identity } from "./identity.ts";
import { issueAccessToken, type TokenAnswer } from "./issue-tokens.ts";

type RefreshRequest = Extract<TokenRequest, { grant: "refresh_token" }>;

/** The refresh_token grant: a new access token and the refresh token's successor. */
export async function refreshTokens(identity: Identity, request: RefreshRequest): Promise<TokenAnswer> {
  const clientId = await clientOf(identity.pool, request);
  const next = newSecret();
  const outcome = await inTransaction(identity.pool, (tx) => rotate(tx, request, clientId, next));
  if ("reusedByUserId" in outcome) identity.events.refreshTokenReused(outcome.reusedByUserId);
  if (!("state" in outcome)) throw new OAuthError("invalid_grant", "The refresh token is not good, or not any more.");

  const { scope, state } = outcome;
  const subject = { kind: "user", userId: state.family.userId, role: state.role, clientId, scope } as const;
  const answer = issueAccessToken(identity, "refresh_token", subject);
  return { ...answer, scope: scope.join(" "), refresh_token: next };
}

/** The client that asks: the public one of the logins, or one that proves itself, as all others must (RFC 6749, 6). */
async function clientOf(db: Queryable, { credentials, clientId = loginClientId }: RefreshRequest): Promise<string> {
  if (credentials) return (await authenticateClient(db, credentials)).clientId;
  if (clientId !== loginClientId) throw new OAuthError("invalid_client", "This client must authenticate.");
  return clientId;
}

type Outcome = { state: RefreshTokenState; scope: string[] } | { reusedByUserId: string } | { unknown: true };

/** A refusal is returned, not thrown: the revocation of a family must be committed. */
async function rotate(tx: Queryable, request: RefreshRequest, clientId: string, next: string): Promise<Outcome> {
  const usedSha256 = hashSecret(request.refreshToken);
  const state = await lockRefreshToken(tx, usedSha256);
  const verdict = judgeRefresh(state, clientId);
  if (!state || verdict === "refuse") return { unknown: true };
  if (verdict === "revoke-family") {
    await revokeRefreshFamily(tx, state.family.id);
    return { reusedByUserId: state.family.userId };
  }
  const scope = narrowScope(state.family.scope, request.scope);
  await replaceRefreshToken(tx, { familyId: state.family.id, usedSha256, nextSha256: hashSecret(next) });
  return { state, scope };
}
