import { forgedTokens, forgeryMaterial, withdrawnTokens } from "@shop/testkit/forged-tokens";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { createTokenVerifier, type TokenVerifier } from "./auth.ts";
import { silentLog } from "./logging.ts";

const audience = "inventory-service";

const callers: [name: string, mint: (identity: TestIdentity) => string][] = [
  ["a user", (identity) => identity.userToken({ sid: "login-1" })],
  ["a service", (identity) => identity.serviceToken({ scopes: ["inventory"] })],
  ["a user by a service", (identity) => identity.userToken({ aud: audience, act: { sub: "order-service" } })],
];

function codeOf(verifier: TokenVerifier, token: string): unknown {
  try {
    return verifier.verify(token);
  } catch (err) {
    return (err as { code?: unknown }).code ?? err;
  }
}

describe.each(["ES256", "RS256", "HS256"] as const)("with %s", (alg) => {
  let identity: TestIdentity;
  let verifier: TokenVerifier;

  beforeAll(async () => {
    identity = await createTestIdentity({ alg });
    const { url, issuer, jwtSecret } = identity;
    verifier = createTokenVerifier({ url, issuer, jwtSecret, audience, log: silentLog(), pollMs: 20 });
    await verifier.start();
  });

  afterAll(async () => {
    await verifier.close();
    await identity.close();
  });

  describe.each(callers)("a token of %s", (_, mint) => {
    it("is accepted, and accepted again", () => {
      const token = mint(identity);
      expect(verifier.verify(token)).toBe(verifier.verify(token));
    });

    it("is refused in every forged form", () => {
      const forged = forgedTokens(forgeryMaterial(identity, mint(identity), audience));
      const accepted = forged.filter(({ token }) => codeOf(verifier, token) !== "UNAUTHENTICATED");
      expect(accepted).toEqual([]);
      expect(forged.length).toBeGreaterThan(150);
    });

    it("is refused in every forged form when it is already remembered", () => {
      const token = mint(identity);
      verifier.verify(token);
      const forged = forgedTokens(forgeryMaterial(identity, token, audience));
      expect(forged.filter((forgery) => codeOf(verifier, forgery.token) !== "UNAUTHENTICATED")).toEqual([]);
      expect(verifier.verify(token)).toBeDefined();
    });
  });

  it("refuses what identity took back, remembered or not", async () => {
    const before = [identity.userToken(), identity.serviceToken({ scopes: [] })];
    const reader = { read: identity.revocationsRead.full };
    const withdrawn = withdrawnTokens(identity);
    const limit = Date.now() + 10_000;
    while (identity.revocationsRead.full === reader.read && Date.now() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const accepted = () => withdrawn.filter(({ token }) => codeOf(verifier, token) !== "UNAUTHENTICATED");
    while (accepted().length > 0 && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(accepted()).toEqual([]);
    for (const token of before) expect(verifier.verify(token)).toBeDefined();
  });
});
