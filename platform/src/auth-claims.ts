import type { JsonObject } from "./auth-token.ts";

/** The claims that every access token has (RFC 9068, 2.2), each of its own kind. */
export interface Claims extends JsonObject {
  readonly exp: number;
  readonly aud: string;
  readonly sub: string;
  readonly jti: string;
  /** The login that the token comes from; only users have one, and not all. */
  readonly sid?: string;
}

/** How far the clocks of two machines may be apart. */
export const clockToleranceSeconds = 5;

/** The claims, where each has its form and it is not from the future; undefined where not. The library looks at `nbf`. */
export function claimsOf(claims: JsonObject, nowSeconds: number): Claims | undefined {
  const { exp, iat, aud, sub, jti, sid = "none" } = claims;
  const isRight = isTime(exp) && isPast(iat, nowSeconds) && [aud, sub, jti, sid].every(isName);
  return isRight ? (claims as Claims) : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isPast(value: unknown, nowSeconds: number): boolean {
  return isTime(value) && value <= nowSeconds + clockToleranceSeconds;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
