import type { TokenVerifier } from "./auth.ts";
import { anonymous, type Caller } from "./auth-caller.ts";
import { AppError } from "./errors.ts";
import type { Access } from "./grpc-server-rpc.ts";

/**
 * The caller of an RPC, where it may call it. UNAUTHENTICATED where the token is missing or not valid,
 * PERMISSION_DENIED where it is somebody's who may not.
 */
export function authorize(access: Access, authorization: string | undefined, verifier: TokenVerifier): Caller {
  if (access === "anyone") return anonymous;
  const caller = verifier.verify(bearerToken(authorization));
  if (!isAllowed(access, caller)) {
    throw new AppError("PERMISSION_DENIED", "This token does not allow the call.");
  }
  return caller;
}

function isAllowed(access: Exclude<Access, "anyone">, caller: Caller): boolean {
  if ("service" in access) return caller.kind === "service" && caller.scopes.has(access.service);
  return caller.kind === "user" && access.user.includes(caller.role);
}

function bearerToken(authorization: string | undefined): string {
  const token = authorization?.match(/^bearer +([^ ]+)$/i)?.[1];
  if (token === undefined) {
    throw new AppError("UNAUTHENTICATED", "Send a token in the metadata `authorization: Bearer …`.");
  }
  return token;
}
