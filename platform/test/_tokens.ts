import { generateKeyPairSync, type JsonWebKey, randomUUID } from "node:crypto";
import jsonwebtoken, { type JwtHeader } from "jsonwebtoken";

export const issuer = "shop-identity";
/** The name of the service under test. */
export const audience = "inventory-service";
export const userId = "01900000-0000-7000-8000-00000000a11c";

export interface TestKey {
  jwk: JsonWebKey;
  /** A user's token, valid for ten minutes; claims and header may be replaced, or left out by undefined. */
  userToken(claims?: Record<string, unknown>, header?: Partial<JwtHeader>): string;
  serviceToken(scopes: string, claims?: Record<string, unknown>): string;
}

export function createTestKey(kid: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  function sign(claims: Record<string, unknown>, header: Partial<JwtHeader>): string {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: issuer, jti: randomUUID(), iat: now, exp: now + 600, ...claims };
    const known = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return jsonwebtoken.sign(known, privateKey, {
      algorithm: "ES256",
      header: { alg: "ES256", typ: "at+jwt", kid, ...header },
    });
  }

  return {
    jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" },
    userToken: (claims, header = {}) => sign({ aud: "shop-api", sub: userId, role: "customer", ...claims }, header),
    serviceToken: (scope, claims) => sign({ aud: "shop-internal", sub: "order-service", scope, ...claims }, {}),
  };
}
