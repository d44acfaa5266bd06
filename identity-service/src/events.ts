import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";

/** The ways to a token. */
export type Grant = "password" | "client_credentials" | "refresh_token";

/** What happens here, each told once: a counter and a log line. A user's name, password or token is in neither. */
export interface Events {
  userLoggedIn(userId: string): void;
  loginRefused(): void;
  loginThrottled(retryAfterMs: number): void;
  /** A login could not be decided: too many at once, or something that it needs is away. */
  loginFailed(reason: string): void;
  tokenIssued(grant: Grant, clientId: string): void;
  tokenRefused(reason: string): void;
  refreshTokenReused(userId: string): void;
  signingKeyReady(kid: string): void;
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
  const tokens = metrics.counter({
    name: "identity_tokens_issued_total",
    help: "Access tokens given out, by grant: password, client_credentials, refresh_token.",
    labels: ["grant"],
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
    loginFailed(reason) {
      logins.inc({ outcome: "failed" });
      log.warn({ reason }, "login not decided");
    },
    tokenIssued(grant, clientId) {
      tokens.inc({ grant });
      log.debug({ clientId }, "token issued");
    },
    tokenRefused(reason) {
      log.info({ reason }, "token refused");
    },
    refreshTokenReused(userId) {
      log.warn({ userId }, "refresh token used twice, its family is revoked");
    },
    signingKeyReady(kid) {
      log.info({ kid }, "signing key ready");
    },
    expiredLoginsDeleted(count) {
      log.info({ count }, "expired logins deleted");
    },
    expiredLoginsNotDeleted(err) {
      log.warn({ err }, "expired logins not deleted");
    },
  };
}
