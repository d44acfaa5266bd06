import type { JsonObject } from "./auth-token.ts";

/** What a user may be. An operator reads everything and turns sagas; an Admin may also order for others. */
export type Role = "customer" | "operator" | "Admin";

/** Who calls, as a verified token says it. */
export type Caller =
  | {
      readonly kind: "user";
      readonly userId: string;
      readonly role: Role;
      /** The service that acts for the user, where the token was exchanged (RFC 8693, 4.1). */
      readonly actor?: string;
    }
  | { readonly kind: "service"; readonly clientId: string; readonly scopes: ReadonlySet<string> }
  | { readonly kind: "anonymous" };

/** The caller of an RPC that anyone may call. */
export const anonymous: Caller = { kind: "anonymous" };

/** The audience of users' tokens. */
export const userAudience = "shop-api";

/** The audience of services' tokens. */
export const serviceAudience = "shop-internal";

const roles: readonly string[] = ["customer", "operator", "Admin"] satisfies Role[];
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The caller that verified claims stand for; undefined where they name none that we know. A token whose audience is one
 * service, `ownName`, is a user's that was exchanged, and says by whom.
 */
export function callerOf(claims: { sub: string; aud: string } & JsonObject, ownName: string): Caller | undefined {
  const { sub, aud } = claims;
  switch (aud) {
    case userAudience:
      return userOf(claims);
    case serviceAudience:
      return serviceOf(sub, claims.scope);
    case ownName:
      return claims.act === undefined ? undefined : userOf(claims);
    default:
      return undefined;
  }
}

function userOf({ sub, role, act }: { sub: string } & JsonObject): Caller | undefined {
  if (!uuidForm.test(sub) || !isRole(role)) return undefined;
  const user = { kind: "user", userId: sub.toLowerCase(), role } as const;
  if (act === undefined) return user;
  const actor = actorOf(act);
  return actor === undefined ? undefined : { ...user, actor };
}

function actorOf(act: unknown): string | undefined {
  const { sub } = typeof act === "object" && act !== null ? (act as JsonObject) : {};
  return typeof sub === "string" && sub !== "" ? sub : undefined;
}

function serviceOf(clientId: string, scope: unknown): Caller {
  const scopes = typeof scope === "string" ? scope.split(" ").filter((name) => name !== "") : [];
  return { kind: "service", clientId, scopes: new Set(scopes) };
}

function isRole(value: unknown): value is Role {
  return typeof value === "string" && roles.includes(value);
}
