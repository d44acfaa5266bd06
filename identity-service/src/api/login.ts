import { AppError, fromUnknown } from "@shop/platform/errors";
import type { FastifyReply, FastifyRequest } from "fastify";
import { v7 as newId } from "uuid";
import { loginClientId, loginScope } from "../domain/access-token.ts";
import { type LoginRequest, parseLoginRequest } from "../domain/login-request.ts";
import { refreshFamilySeconds } from "../domain/refresh-token.ts";
import { hashSecret, newSecret } from "../domain/secret.ts";
import type { Role } from "../domain/user.ts";
import { insertRefreshFamily } from "../store/refresh-tokens.ts";
import { findLogin } from "../store/users.ts";
import type { Identity } from "./identity.ts";
import { issueAccessToken, type TokenAnswer } from "./issue-tokens.ts";

/** `POST /login`: a user's name and password for tokens. */
export async function login(identity: Identity, request: FastifyRequest, reply: FastifyReply): Promise<TokenAnswer> {
  const credentials = parseLoginRequest(request.body);
  const user = await authenticateSlowly(identity, credentials, request.ip);

  const refreshToken = newSecret();
  const family = { id: newId(), userId: user.userId, clientId: loginClientId, scope: loginScope };
  const firstTokenSha256 = hashSecret(refreshToken);
  await insertRefreshFamily(identity.pool, { ...family, lifetimeSeconds: refreshFamilySeconds, firstTokenSha256 });

  identity.events.userLoggedIn(user.userId);
  reply.header("cache-control", "no-store");
  const subject = { kind: "user", ...user, clientId: loginClientId, scope: loginScope } as const;
  return { ...issueAccessToken(identity, "password", subject), refresh_token: refreshToken };
}

interface AuthenticatedUser {
  readonly userId: string;
  readonly role: Role;
}

/** Authenticates at the pace that the throttle allows; only a decided failure counts as one. */
async function authenticateSlowly(
  identity: Identity,
  credentials: LoginRequest,
  address: string,
): Promise<AuthenticatedUser> {
  const attempt = identity.throttle.begin(credentials.username, address, identity.monotonicMs());
  if ("retryAfterMs" in attempt) {
    identity.events.loginThrottled(attempt.retryAfterMs);
    throw new AppError("RATE_LIMITED", "Too many failed logins. Try again later.", attempt);
  }
  let user: AuthenticatedUser | undefined;
  try {
    user = await authenticate(identity, credentials);
  } catch (err) {
    attempt.abandoned();
    identity.events.loginFailed(fromUnknown(err).code);
    throw err;
  }
  if (!user) {
    identity.events.loginRefused();
    throw new AppError("UNAUTHENTICATED", "The username or the password is not right.");
  }
  attempt.succeeded();
  return user;
}

async function authenticate(
  { pool, passwords }: Identity,
  { username, password }: LoginRequest,
): Promise<AuthenticatedUser | undefined> {
  const found = await findLogin(pool, username);
  const isRight = await passwords.verify(found?.passwordHash, password);
  return found && isRight ? { userId: found.userId, role: found.role } : undefined;
}
