import jsonwebtoken from "jsonwebtoken";
import { forgedTokens, forgeryMaterial, withdrawnTokens } from "./forged-tokens.ts";
import { createTestIdentity, type TestIdentity } from "./identity.ts";

let identity: TestIdentity;

beforeEach(async () => {
  identity = await createTestIdentity();
});

afterEach(() => identity.close());

test("makes every forgery of a user's, a service's and an exchanged token, each with a name of its own and a source", () => {
  const tokens = [
    identity.userToken(),
    identity.serviceToken({ scopes: [] }),
    identity.userToken({ aud: "gateway", act: { sub: "gateway" } }),
  ];
  for (const token of tokens) {
    const forged = forgedTokens(forgeryMaterial(identity, token, "gateway"));
    expect(forged.length).toBeGreaterThan(180);
    expect(new Set(forged.map(({ name }) => name)).size).toBe(forged.length);
    expect(new Set(forged.map((forgery) => forgery.token)).size).toBe(forged.length);
    expect(forged.filter((forgery) => forgery.token === token || forgery.source === "")).toEqual([]);
  }
});

test("forges only what can be sent in a header", () => {
  const forged = forgedTokens(forgeryMaterial(identity, identity.userToken(), "gateway"));
  expect(forged.filter(({ token }) => !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(token))).toEqual([]);
  expect(forged.filter(({ token }) => token.includes(" "))).toHaveLength(2);
  expect(Math.max(...forged.map(({ token }) => token.length))).toBeLessThan(10_000);
});

test("leaves out what only the issuer could sign where it cannot sign", () => {
  const { token, jwk } = forgeryMaterial(identity, identity.userToken());
  const names = forgedTokens({ token, jwk }).map(({ name }) => name);
  expect(names).toContain("alg nOnE and no signature");
  expect(names).toContain("HS256 signed with the public key as PEM");
  expect(names).not.toContain("no exp");
});

test("signs with the real key what only the issuer could sign", () => {
  const forged = forgedTokens(forgeryMaterial(identity, identity.userToken()));
  const expired = forged.find(({ name }) => name === "a token that ended a minute ago")?.token ?? "";
  const key = { key: identity.keys()[0] ?? {}, format: "jwk" } as const;
  const verify = () => jsonwebtoken.verify(expired, key as never, { algorithms: ["ES256"] });
  expect(verify).toThrow("jwt expired");
});

test("takes tokens back that were good", () => {
  const withdrawn = withdrawnTokens(identity);
  expect(withdrawn).toHaveLength(5);
  expect(identity.revoked().size).toBe(4);
  const removed = jsonwebtoken.decode(withdrawn[4]?.token ?? "", { complete: true })?.header.kid;
  expect(identity.keys().map(({ kid }) => kid)).not.toContain(removed);
});
