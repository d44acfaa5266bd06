import { userAudience } from "@shop/platform/auth-caller";
import type { AccessTokenClaims, Actor, Subject } from "./access-token.ts";
import { OAuthError } from "./oauth-error.ts";
import { narrowScope, scopeWords } from "./scope.ts";
import { exchangePermission, type ServiceClient } from "./service-client.ts";

/** The audiences that a token can be exchanged for: each service by its name. */
export const exchangeAudiences: readonly string[] = [
  "order-service",
  "inventory-service",
  "payment-service",
  "shipping-service",
  "notification-service",
  "identity-service",
  "gateway",
];

/** A longer chain of services that act for each other is no chain but a loop. */
const maxActors = 8;

/** What a client asks an exchange for, beside the token itself. */
export interface ExchangeRequest {
  readonly audience: string;
  readonly scope?: string;
}

/**
 * The token that `client` gets for a user's token (RFC 8693): of the same user, for one service only, with no wider scope,
 * for no longer time, and saying who acts. The user's token must be the user's own or one made out to this very client.
 */
export function exchangeSubject(
  client: ServiceClient,
  given: AccessTokenClaims,
  { audience, scope }: ExchangeRequest,
): Subject {
  if (!client.scopes.includes(exchangePermission)) {
    throw new OAuthError("unauthorized_client", "This client may not exchange tokens.");
  }
  if (!exchangeAudiences.includes(audience)) throw new OAuthError("invalid_target", "No service has this name.");
  if (given.role === undefined) throw new OAuthError("invalid_request", "The subject_token is not a user's.");
  if (given.aud !== userAudience && given.aud !== client.clientId) {
    throw new OAuthError("invalid_request", "The subject_token is for another service.");
  }
  if (countActors(given.act) >= maxActors) {
    throw new OAuthError("invalid_request", "The subject_token has been exchanged too often.");
  }
  const narrowed = narrowScope(scopeWords(given.scope), scope);
  return { kind: "exchanged", of: given, clientId: client.clientId, audience, scope: narrowed };
}

function countActors(actor: Actor | undefined): number {
  return actor === undefined ? 0 : 1 + countActors(actor.act);
}
