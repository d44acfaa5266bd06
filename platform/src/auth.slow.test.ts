import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { createTokenVerifier, type TokenVerifier } from "./auth.ts";

let identity: TestIdentity;

beforeAll(async () => {
  identity = await createTestIdentity();
});

afterAll(() => identity.close());

function isAccepted(verifier: TokenVerifier, token: string): boolean {
  try {
    return verifier.verify(token) !== undefined;
  } catch {
    // Which error it is, other tests tell.
    return false;
  }
}

it("forgets nobody who was verified for all the tokens that an attacker makes up", () => {
  const verifier = createTokenVerifier({
    keys: identity.keys(),
    issuer: identity.issuer,
    audience: "inventory-service",
  });
  const token = identity.userToken();
  const caller = verifier.verify(token);
  const forged = Array.from({ length: 15_000 }, (_, count) => {
    return token.slice(0, -20) + String(count).padStart(6, "A") + token.slice(-14);
  });
  expect(forged.filter((text) => isAccepted(verifier, text))).toEqual([]);
  expect(verifier.verify(token)).toBe(caller);
});
