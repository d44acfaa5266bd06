import { randomUUID } from "node:crypto";
import { serviceAudience, userAudience } from "@shop/platform/auth-caller";
import jwt from "jsonwebtoken";
import type { SigningKey } from "./signing-key.ts";
import type { Role } from "./user.ts";

/** How long an access token is good for. */
export const accessTokenSeconds = 600;

/** The client that a user's own login counts as: the shop's edge. It is public, it has no secret. */
export const loginClientId = "shop";

/** What a user's own login may be used for. */
export const loginScope: readonly string[] = ["orders"];

/** Who acts for a user: the client that exchanged the token, and those that did before it. */
export interface Actor {
  readonly sub: string;
  readonly act?: Actor;
}

/** Whom a token is about. */
export type Subject =
  | {
      readonly kind: "user";
      readonly userId: string;
      readonly role: Role;
      readonly clientId: string;
      readonly scope: readonly string[];
      /** The refresh family that the token comes from; absent for a token without one. */
      readonly loginId?: string;
    }
  | { readonly kind: "service"; readonly clientId: string; readonly scope: readonly string[] }
  | {
      readonly kind: "exchanged";
      /** The claims of the token that was given for it. */
      readonly of: AccessTokenClaims;
      readonly clientId: string;
      readonly audience: string;
      readonly scope: readonly string[];
    };

/** The claims of RFC 9068, with `act` of RFC 8693; `role` only for users, `sid` only for tokens that come from a login. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string;
  readonly scope: string;
  readonly role?: Role;
  readonly sid?: string;
  readonly act?: Actor;
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
  const { clientId } = subject;
  const shared = { iss: issuer, client_id: clientId, scope: subject.scope.join(" "), jti: id, iat };
  const exp = iat + accessTokenSeconds;
  switch (subject.kind) {
    case "user": {
      const { userId: sub, role, loginId } = subject;
      return { ...shared, exp, aud: userAudience, sub, role, ...(loginId !== undefined && { sid: loginId }) };
    }
    case "service":
      return { ...shared, exp, aud: serviceAudience, sub: clientId };
    case "exchanged": {
      const { sub, role, sid, act } = subject.of;
      return {
        ...shared,
        exp: Math.min(exp, subject.of.exp),
        aud: subject.audience,
        sub,
        role,
        ...(sid !== undefined && { sid }),
        act: { sub: clientId, ...(act && { act }) },
      };
    }
    default:
      return subject satisfies never;
  }
}

/** A signed access token for `subject`, and for how many seconds it is good. */
export function mintAccessToken(
  subject: Subject,
  { issuer, nowMs, key }: { issuer: string; nowMs: number; key: SigningKey },
): { token: string; expiresInSeconds: number } {
  const claims = accessTokenClaims(subject, { issuer, nowMs, id: randomUUID() });
  const token = jwt.sign(claims, key.signWith, {
    algorithm: key.alg,
    keyid: key.kid,
    header: { alg: key.alg, typ: "at+jwt" },
  });
  return { token, expiresInSeconds: claims.exp - claims.iat };
}
