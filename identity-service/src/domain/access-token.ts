import { randomUUID } from "node:crypto";
import jwt from "jsonwebtoken";
import type { SigningKey } from "./signing-key.ts";
import type { Role } from "./user.ts";

/** How long an access token is good for. */
export const accessTokenSeconds = 600;

/** The client that a user's own login counts as: the shop's edge. It is public, it has no secret. */
export const loginClientId = "shop";

/** What a user's own login may be used for. */
export const loginScope: readonly string[] = ["orders"];

/** Whom a token is about. */
export type Subject =
  | {
      readonly kind: "user";
      readonly userId: string;
      readonly role: Role;
      readonly clientId: string;
      readonly scope: readonly string[];
    }
  | { readonly kind: "service"; readonly clientId: string; readonly scope: readonly string[] };

/** The claims of RFC 9068; `role` only for users. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: "shop-api" | "shop-internal";
  readonly sub: string;
  readonly client_id: string;
  readonly scope: string;
  readonly role?: Role;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

/** What the token says. A user's is for the shop's edge, a service's for the participants: neither passes as the other. */
export function accessTokenClaims(
  subject: Subject,
  { issuer, nowMs, id }: { issuer: string; nowMs: number; id: string },
): AccessTokenClaims {
  const iat = Math.floor(nowMs / 1000);
  const shared = {
    iss: issuer,
    client_id: subject.clientId,
    scope: subject.scope.join(" "),
    jti: id,
    iat,
    exp: iat + accessTokenSeconds,
  };
  switch (subject.kind) {
    case "user":
      return { ...shared, aud: "shop-api", sub: subject.userId, role: subject.role };
    case "service":
      return { ...shared, aud: "shop-internal", sub: subject.clientId };
    default:
      return subject satisfies never;
  }
}

/** A signed access token for `subject`. */
export function mintAccessToken(
  subject: Subject,
  { issuer, nowMs, key }: { issuer: string; nowMs: number; key: SigningKey },
): string {
  const claims = accessTokenClaims(subject, { issuer, nowMs, id: randomUUID() });
  return jwt.sign(claims, key.privateKey, {
    algorithm: "ES256",
    keyid: key.kid,
    header: { alg: "ES256", typ: "at+jwt" },
  });
}
