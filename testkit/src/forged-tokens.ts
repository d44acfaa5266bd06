import { forgedAlgorithms } from "./forgeries/algorithms.ts";
import { forgedClaims } from "./forgeries/claims.ts";
import { createForge, type ForgedToken, type ForgeryMaterial, from } from "./forgeries/forge.ts";
import { forgedForms } from "./forgeries/forms.ts";
import { forgedKeys } from "./forgeries/keys.ts";
import { forgedSignatures } from "./forgeries/signatures.ts";
import type { TestIdentity } from "./identity.ts";

export type { ForgedToken, ForgeryMaterial } from "./forgeries/forge.ts";

/**
 * Every token that a door must refuse with UNAUTHENTICATED or 401, forged from one that it accepts. All are printable
 * ASCII and fit into a request's header; two hold a blank, which ends a bearer's token. Each call makes new ones.
 */
export function forgedTokens(material: ForgeryMaterial): ForgedToken[] {
  const forge = createForge(material);
  return [forgedAlgorithms, forgedKeys, forgedSignatures, forgedClaims, forgedForms].flatMap((make) => make(forge));
}

/** What {@link forgedTokens} needs, of a test's identity service and one of its tokens. */
export function forgeryMaterial(identity: TestIdentity, token: string, door?: string): ForgeryMaterial {
  return { token, jwk: identity.keys()[0], sign: identity.sign, door };
}

/**
 * Tokens that were good until identity took them back: of a deleted user, of a login that has ended, one that was
 * revoked, and one whose key is gone. Doors refuse them once they have read identity's keys and revocations again.
 */
export function withdrawnTokens(identity: TestIdentity): ForgedToken[] {
  const userId = "01900000-0000-7000-8000-00000000de1e";
  const [sid, jti, serviceJti] = ["ended-login", "revoked-token", "revoked-service-token"];
  const tokens: [name: string, token: string][] = [
    ["a deleted user's token", identity.userToken({ userId: userId.toUpperCase() })],
    ["a token of a login that has ended", identity.userToken({ sid })],
    ["a revoked token", identity.userToken({ jti })],
    ["a service's revoked token", identity.serviceToken({ scopes: ["inventory"], jti: serviceJti })],
  ];
  identity.revoke({ sub: userId }, { sid }, { jti }, { jti: serviceJti });
  if (identity.keys().length > 0) {
    const kid = identity.addKey();
    tokens.push(["a token of a removed key", identity.userToken()]);
    identity.removeKey(kid);
  }
  return from("RFC 7009; RFC 8725, 2.7: what was taken back is refused", tokens);
}
