import type { TokenVerifier } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";

const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** Lets only a service's token with `scope` through: UNAUTHENTICATED without a good token, else PERMISSION_DENIED. */
export function requireService(verifier: TokenVerifier, authorization: string | undefined, scope: string): void {
  const accessToken = BEARER.exec(authorization ?? "")?.[1];
  if (accessToken === undefined) throw new AppError("UNAUTHENTICATED", "A bearer token is required.");
  const caller = verifier.verify(accessToken);
  if (caller.kind !== "service" || !caller.scopes.has(scope)) {
    throw new AppError("PERMISSION_DENIED", `This is for services with the scope ${scope}.`);
  }
}
