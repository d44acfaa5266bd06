/** What a user may be. An operator reads everything and turns sagas; an Admin may also order for others. */
export type Role = "customer" | "operator" | "Admin";

/** Who calls, as a verified token says it. */
export type Caller =
  | { readonly kind: "user"; readonly userId: string; readonly role: Role }
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

/** The caller that verified claims stand for; undefined where they name none that we know. */
export function callerOf(claims: Record<string, unknown>): Caller | undefined {
  const { sub, aud } = claims;
  if (typeof sub !== "string" || sub === "") return undefined;
  if (aud === userAudience) return userOf(sub, claims.role);
  if (aud === serviceAudience) return serviceOf(sub, claims.scope);
  return undefined;
}

function userOf(userId: string, role: unknown): Caller | undefined {
  return uuidForm.test(userId) && isRole(role) ? { kind: "user", userId: userId.toLowerCase(), role } : undefined;
}

function serviceOf(clientId: string, scope: unknown): Caller {
  const scopes = typeof scope === "string" ? scope.split(" ").filter((name) => name !== "") : [];
  return { kind: "service", clientId, scopes: new Set(scopes) };
}

function isRole(value: unknown): value is Role {
  return typeof value === "string" && roles.includes(value);
}
