import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";

/** The ways to a token. */
export type Grant = "password" | "client_credentials" | "refresh_token" | "token_exchange";

/** What happens here, each told once: a counter and a log line. A user's name, password or token is in neither. */
export interface Events {
  userLoggedIn(userId: string): void;
  loginRefused(): void;
  loginThrottled(retryAfterMs: number): void;
  /** A login is held back, for its account is being guessed from elsewhere. */
  loginHeldBack(waitMs: number): void;
  /** A login could not be decided: too many at once, or something that it needs is away. */
  loginFailed(reason: string): void;
  passwordHashRenewed(userId: string): void;
  passwordHashNotRenewed(userId: string, err: unknown): void;
  userCreated(userId: string, byUserId: string): void;
  userDeleted(userId: string, byUserId: string): void;
  firstAdminMade(userId: string): void;
  /** Nobody can make users, for only Admins do. */
  adminMissing(): void;
  tokenIssued(grant: Grant, clientId: string): void;
  tokenRefused(reason: string): void;
  refreshTokenReused(userId: string): void;
  tokenRevoked(kind: "access_token" | "refresh_token", clientId: string): void;
  /** So much is revoked that verifiers could soon not read it any more. */
  revocationsFull(count: number): void;
  revocationsUnreadable(err: unknown): void;
  expiredRevocationsDeleted(count: number): void;
  /** From now on this key signs. */
  signingKeyReady(kid: string): void;
  /** The database has no key that signs: somebody has deleted it by hand. */
  signingKeyMissing(): void;
  signingKeysUnreadable(err: unknown): void;
  keysRotated(kid: string, adminId: string): void;
  keyRemoved(kid: string, status: string, adminId: string): void;
  retiredKeyDeleted(kid: string): void;
  cleaningFailed(err: unknown): void;
  expiredLoginsDeleted(count: number): void;
  expiredLoginsNotDeleted(err: unknown): void;
}

/** Connects the events to the metrics and the log. */
export function createEvents(metrics: Metrics, log: Log): Events {
  const logins = metrics.counter({
    name: "identity_logins_total",
    help: "Logins by how they ended: succeeded, refused, throttled, failed.",
    labels: ["outcome"],
  });
  const heldBack = metrics.counter({
    name: "identity_logins_held_back_total",
    help: "Logins that were made to wait because their account is being guessed from many networks.",
  });
  const tokens = metrics.counter({
    name: "identity_tokens_issued_total",
    help: "Access tokens given out, by grant: password, client_credentials, refresh_token, token_exchange.",
    labels: ["grant"],
  });

  const revocations = metrics.counter({
    name: "identity_revocations_total",
    help: "Tokens revoked by who has them, by kind: access_token, refresh_token (which ends the login); and logins whose refresh token came back: reuse.",
    labels: ["kind"],
  });

  return {
    userLoggedIn(userId) {
      logins.inc({ outcome: "succeeded" });
      log.info({ userId }, "user logged in");
    },
    loginRefused() {
      logins.inc({ outcome: "refused" });
      log.info("login refused");
    },
    loginThrottled(retryAfterMs) {
      logins.inc({ outcome: "throttled" });
      log.warn({ delayMs: retryAfterMs }, "login throttled");
    },
    loginHeldBack(waitMs) {
      heldBack.inc();
      log.info({ delayMs: waitMs }, "login held back");
    },
    loginFailed(reason) {
      logins.inc({ outcome: "failed" });
      log.warn({ reason }, "login not decided");
    },
    passwordHashRenewed(userId) {
      log.info({ userId }, "password hashed anew at today's cost");
    },
    passwordHashNotRenewed(userId, err) {
      log.warn({ userId, err }, "password not hashed anew");
    },
    userCreated(userId, byUserId) {
      log.info({ userId, byUserId }, "user created");
    },
    userDeleted(userId, byUserId) {
      log.info({ userId, byUserId }, "user deleted");
    },
    firstAdminMade(userId) {
      log.info({ userId }, "first Admin made");
    },
    adminMissing() {
      log.warn("there is no Admin: FIRST_ADMIN_USERNAME and FIRST_ADMIN_PASSWORD make one at the next start");
    },
    tokenIssued(grant, clientId) {
      tokens.inc({ grant });
      log.debug({ clientId }, "token issued");
    },
    tokenRefused(reason) {
      log.info({ reason }, "token refused");
    },
    refreshTokenReused(userId) {
      revocations.inc({ kind: "reuse" });
      log.warn({ userId }, "refresh token used twice, its family is revoked");
    },
    tokenRevoked(kind, clientId) {
      revocations.inc({ kind });
      log.info({ clientId, reason: kind }, "token revoked");
    },
    revocationsFull(count) {
      log.error({ count }, "too much is revoked, tokens are not taken back");
    },
    revocationsUnreadable(err) {
      log.warn({ err }, "revocations cannot be read");
    },
    expiredRevocationsDeleted(count) {
      log.info({ count }, "expired revocations deleted");
    },
    signingKeyReady(kid) {
      log.info({ kid }, "signing key ready");
    },
    signingKeyMissing() {
      log.error("the database has no current signing key");
    },
    signingKeysUnreadable(err) {
      log.warn({ err }, "signing keys cannot be read");
    },
    keysRotated(kid, adminId) {
      log.info({ kid, userId: adminId }, "signing keys rotated");
    },
    keyRemoved(kid, status, adminId) {
      log.warn({ kid, status, userId: adminId }, "signing key removed");
    },
    retiredKeyDeleted(kid) {
      log.info({ kid }, "retired signing key deleted");
    },
    cleaningFailed(err) {
      log.warn({ err }, "what has expired is not deleted");
    },
    expiredLoginsDeleted(count) {
      log.info({ count }, "expired logins deleted");
    },
    expiredLoginsNotDeleted(err) {
      log.warn({ err }, "expired logins not deleted");
    },
  };
}
