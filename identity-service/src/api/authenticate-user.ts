import { AppError, fromUnknown } from "@shop/platform/errors";
import { type LoginOrigin, loginOrigin } from "../domain/login-origin.ts";
import type { LoginRequest } from "../domain/login-request.ts";
import type { LoginAttempt } from "../domain/login-throttle.ts";
import type { Role } from "../domain/user.ts";
import { rememberLoginNetwork } from "../store/login-networks.ts";
import { findLogin, type Login, replacePasswordHash } from "../store/users.ts";
import type { Identity } from "./identity.ts";

export interface AuthenticatedUser {
  readonly userId: string;
  readonly role: Role;
}

/** The user with this name and password, at the pace that the throttle allows. Only a decided failure counts as one. */
export async function authenticateUser(
  identity: Identity,
  credentials: LoginRequest,
  address: string,
): Promise<AuthenticatedUser> {
  const origin = loginOrigin(credentials.username, address);
  const found = await findLogin(identity.pool, credentials.username, origin.pair);
  const attempt = await beginAttempt(identity, origin, found.isKnownNetwork);
  let user: AuthenticatedUser | undefined;
  try {
    user = await checkPassword(identity, credentials.password, origin, found);
  } catch (err) {
    await attempt.abandoned();
    identity.events.loginFailed(fromUnknown(err).code);
    throw err;
  }
  if (!user) {
    identity.events.loginRefused();
    throw loginRefused();
  }
  await attempt.succeeded();
  await rememberLoginNetwork(identity.pool, user.userId, origin.pair);
  return user;
}

/** The one answer to a login that is not right, whatever is wrong with it. */
export function loginRefused(): AppError {
  return new AppError("UNAUTHENTICATED", "The username or the password is not right.");
}

/** Begins the attempt, and holds it back as long as the throttle wants. */
async function beginAttempt(identity: Identity, origin: LoginOrigin, isKnownNetwork: boolean): Promise<LoginAttempt> {
  const attempt = await identity.throttle.begin({ origin, isKnownNetwork });
  if ("retryAfterMs" in attempt) {
    identity.events.loginThrottled(attempt.retryAfterMs);
    throw new AppError("RATE_LIMITED", "Too many failed logins. Try again later.", attempt);
  }
  if (attempt.waitMs > 0) {
    identity.events.loginHeldBack(attempt.waitMs);
    await identity.waitingRoom.wait(attempt.waitMs);
  }
  return attempt;
}

async function checkPassword(
  identity: Identity,
  password: string,
  origin: LoginOrigin,
  { user, isKnownNetwork }: Login,
): Promise<AuthenticatedUser | undefined> {
  const turn = { key: origin.account, isPreferred: isKnownNetwork };
  const isRight = await identity.passwords.verify(user?.passwordHash, password, turn);
  if (!user || !isRight) return undefined;
  if (identity.passwords.isOutdated(user.passwordHash)) await renewHash(identity, user, password);
  return { userId: user.userId, role: user.role };
}

/** A login that is right stays so where the new hash cannot be made or stored: the next one tries again. */
async function renewHash(
  identity: Identity,
  { userId, passwordHash }: { userId: string; passwordHash: string },
  password: string,
): Promise<void> {
  try {
    await replacePasswordHash(identity.pool, userId, passwordHash, await identity.passwords.hash(password));
    identity.events.passwordHashRenewed(userId);
  } catch (err) {
    identity.events.passwordHashNotRenewed(userId, err);
  }
}
