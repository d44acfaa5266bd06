import type { FastifyReply, FastifyRequest } from "fastify";
import { v7 as newId } from "uuid";
import { loginClientId, loginScope } from "../domain/access-token.ts";
import { parseLoginRequest } from "../domain/login-request.ts";
import { refreshFamilySeconds } from "../domain/refresh-token.ts";
import { hashSecret, newSecret } from "../domain/secret.ts";
import { insertRefreshFamily } from "../store/refresh-tokens.ts";
import { authenticateUser, loginRefused } from "./authenticate-user.ts";
import type { Identity } from "./identity.ts";
import { issueAccessToken, type TokenAnswer } from "./issue-tokens.ts";

/** `POST /login`: a user's name and password for tokens. */
export async function login(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<TokenAnswer> {
  const credentials = parseLoginRequest(request.body);
  const user = await authenticateUser(identity, credentials, request.ip);

  const refreshToken = newSecret();
  const family = { id: newId(), userId: user.userId, clientId: loginClientId, scope: loginScope };
  const firstTokenSha256 = hashSecret(refreshToken);
  const lifetimeSeconds = refreshFamilySeconds;
  if (!(await insertRefreshFamily(identity.pool, { ...family, lifetimeSeconds, firstTokenSha256 })))
    throw loginRefused();

  identity.events.userLoggedIn(user.userId);
  reply.header("cache-control", "no-store");
  const subject = { kind: "user", ...user, clientId: loginClientId, scope: loginScope, loginId: family.id } as const;
  return { ...issueAccessToken(identity, "password", subject), refresh_token: refreshToken };
}
