import type { Caller } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import type { Identity } from "./identity.ts";

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** Lets only a service's token with `scope` through: UNAUTHENTICATED without a good token, else PERMISSION_DENIED. */
export function requireService(identity: Identity, authorization: string | undefined, scope: string): void {
  const caller = bearer(identity, authorization);
  if (caller.kind !== "service" || !caller.scopes.has(scope)) {
    throw new AppError("PERMISSION_DENIED", `This is for services with the scope ${scope}.`);
  }
}

/**
 * Lets only an Admin's own token through and gives the Admin's user id: UNAUTHENTICATED without a good token, else
 * PERMISSION_DENIED. A service that acts for an Admin is none: it could have come by the token with one for another service.
 */
export function requireAdmin(identity: Identity, authorization: string | undefined): string {
  const caller = bearer(identity, authorization);
  if (caller.kind !== "user" || caller.role !== "Admin" || caller.actor !== undefined) {
    throw new AppError("PERMISSION_DENIED", "This is for Admins themselves.");
  }
  return caller.userId;
}

function bearer({ verifier }: Identity, authorization: string | undefined): Caller {
  const accessToken = BEARER.exec(authorization ?? "")?.[1];
  if (accessToken === undefined) throw new AppError("UNAUTHENTICATED", "A bearer token is required.");
  return verifier.verify(accessToken);
}
