import { AppError } from "@shop/platform/errors";
import { inTransaction } from "@shop/platform/postgres";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AccessTokenClaims } from "../domain/access-token.ts";
import { OAuthError } from "../domain/oauth-error.ts";
import { readAccessToken } from "../domain/read-access-token.ts";
import { fullRevocations, maxRevokedTokensOfLogin } from "../domain/revocation.ts";
import { parseRevocationRequest } from "../domain/revocation-request.ts";
import { hashSecret } from "../domain/secret.ts";
import type { Pool } from "../store/pool.ts";
import { lockRefreshToken, revokeRefreshFamily } from "../store/refresh-tokens.ts";
import { revoke, revokeLogin, revokeTokenOfLogin } from "../store/revocations.ts";
import { askingClientId } from "./authenticate-client.ts";
import type { Identity } from "./identity.ts";
import { formOf, notToBeStored } from "./oauth-form.ts";

/**
 * `POST /oauth2/revoke` (RFC 7009): who has a token may end it. A refresh token takes its login and all tokens of it with
 * it, an access token goes alone. A token that nobody knows, or that has ended, is no error.
 */
export async function revokeToken(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  notToBeStored(reply);
  const asked = parseRevocationRequest(formOf(request), request.headers.authorization);
  const clientId = await askingClientId(identity.pool, asked);
  const claims = readAccessToken(asked.token, { ...identity, nowMs: identity.nowMs() });
  if (typeof claims === "object") {
    refuseWhenFull(identity);
    await revokeAccessToken(identity.pool, claims);
    identity.events.tokenRevoked("access_token", claims.client_id);
  } else if (claims === "unknown" && (await endLogin(identity, asked.token, clientId))) {
    identity.events.tokenRevoked("refresh_token", clientId);
    refuseWhenFull(identity);
  }
  await identity.revocations.refresh();
  return "";
}

/** What verifiers can read has an end; what must be listed in any case needs the rest of it. */
function isFull({ revocations }: Identity): boolean {
  return revocations.entries().size >= fullRevocations;
}

function refuseWhenFull(identity: Identity): void {
  if (!isFull(identity)) return;
  identity.events.revocationsFull(identity.revocations.entries().size);
  throw new AppError("OVERLOADED", "Too many tokens are revoked at the moment.", { retryAfterMs: 30_000 });
}

/** Of a login many of whose tokens are revoked, all are: the list stays short, whatever one user does. */
async function revokeAccessToken(pool: Pool, { jti, sid }: AccessTokenClaims): Promise<void> {
  await inTransaction(pool, async (tx) => {
    if (sid === undefined) return revoke(tx, { kind: "jti", id: jti });
    const count = await revokeTokenOfLogin(tx, jti, sid);
    if (count <= maxRevokedTokensOfLogin) return;
    await revokeRefreshFamily(tx, sid);
    await revokeLogin(tx, sid);
  });
}

/**
 * Ends the login of a refresh token, also of one that was used or has expired: its access tokens may live on. That it can
 * be prolonged no more is so in any case, also where the list is full.
 */
function endLogin(identity: Identity, refreshToken: string, clientId: string): Promise<boolean> {
  return inTransaction(identity.pool, async (tx) => {
    const state = await lockRefreshToken(tx, hashSecret(refreshToken));
    if (!state) return false;
    if (state.family.clientId !== clientId) {
      throw new OAuthError("invalid_grant", "The token was given to another client.");
    }
    await revokeRefreshFamily(tx, state.family.id);
    if (!isFull(identity)) await revokeLogin(tx, state.family.id);
    return true;
  });
}
