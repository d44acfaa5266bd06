import { inTransaction, type Queryable } from "@shop/platform/postgres";
import { OAuthError } from "../domain/oauth-error.ts";
import { judgeRefresh, type RefreshTokenState } from "../domain/refresh-token.ts";
import { maxRevocations } from "../domain/revocation.ts";
import { narrowScope } from "../domain/scope.ts";
import { hashSecret, newSecret } from "../domain/secret.ts";
import type { TokenRequest } from "../domain/token-request.ts";
import { lockRefreshToken, replaceRefreshToken, revokeRefreshFamily } from "../store/refresh-tokens.ts";
import { revokeLogin } from "../store/revocations.ts";
import { askingClientId } from "./authenticate-client.ts";
import type { Identity } from "./identity.ts";
import { issueAccessToken, type TokenAnswer } from "./issue-tokens.ts";

type RefreshRequest = Extract<TokenRequest, { grant: "refresh_token" }>;

/** The refresh_token grant: a new access token and the refresh token's successor. */
export async function refreshTokens(identity: Identity, request: RefreshRequest): Promise<TokenAnswer> {
  const clientId = await askingClientId(identity.pool, request);
  // Beyond that verifiers could read nothing of the list: the login ends, and its access tokens live out their minutes.
  const canList = identity.revocations.entries().size < maxRevocations;
  const outcome = await inTransaction(identity.pool, (tx) => rotate(tx, identity, { request, clientId, canList }));
  if ("answer" in outcome) return outcome.answer;
  if ("reusedByUserId" in outcome) {
    identity.events.refreshTokenReused(outcome.reusedByUserId);
    if (!canList) identity.events.revocationsFull(identity.revocations.entries().size);
    await identity.revocations.refresh();
  }
  throw new OAuthError("invalid_grant", "The refresh token is not good, or not any more.");
}

type Outcome = { answer: TokenAnswer } | { reusedByUserId: string } | { unknown: true };

/** A refusal is returned, not thrown: the revocation of a family must be committed. */
async function rotate(
  tx: Queryable,
  identity: Identity,
  { request, clientId, canList }: { request: RefreshRequest; clientId: string; canList: boolean },
): Promise<Outcome> {
  const usedSha256 = hashSecret(request.refreshToken);
  const state = await lockRefreshToken(tx, usedSha256);
  const verdict = judgeRefresh(state, clientId);
  if (!state || verdict === "refuse") return { unknown: true };
  if (verdict === "revoke-family") {
    await revokeRefreshFamily(tx, state.family.id);
    if (canList) await revokeLogin(tx, state.family.id);
    return { reusedByUserId: state.family.userId };
  }
  const scope = narrowScope(state.family.scope, request.scope);
  const next = newSecret();
  await replaceRefreshToken(tx, { familyId: state.family.id, usedSha256, nextSha256: hashSecret(next) });
  // Signed before the commit: where there is no key to sign with, the refresh token is not used up for nothing.
  return { answer: { ...issueNext(identity, state, scope), refresh_token: next } };
}

function issueNext(identity: Identity, { family, role }: RefreshTokenState, scope: string[]): TokenAnswer {
  const { userId, clientId, id: loginId } = family;
  const subject = { kind: "user", userId, role, clientId, scope, loginId } as const;
  return { ...issueAccessToken(identity, "refresh_token", subject), scope: scope.join(" ") };
}
