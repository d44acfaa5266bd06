import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import fc from "fast-check";
import { createTokenVerifier, type TokenVerifier } from "./auth.ts";
import { AppError } from "./errors.ts";

const audience = "inventory-service";
let identity: TestIdentity;
let verifier: TokenVerifier;
let tokens: readonly string[];

beforeAll(async () => {
  identity = await createTestIdentity();
  verifier = createTokenVerifier({ keys: identity.keys(), issuer: identity.issuer, audience });
  tokens = [
    identity.userToken({ sid: "login" }),
    identity.serviceToken({ scopes: ["inventory"] }),
    identity.userToken({ aud: audience, act: { sub: "gateway" } }),
  ];
});

afterAll(() => identity.close());

/** Which of a token's texts is changed, where, and to what. */
const where = fc.record({ token: fc.nat(2), at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) });

const letter = fc.oneof(
  fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\u0000é"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
);

const change = fc.oneof(
  letter.map((text) => (token: string, at: number) => token.slice(0, at) + text + token.slice(at + 1)),
  letter.map((text) => (token: string, at: number) => token.slice(0, at) + text + token.slice(at)),
  fc.integer({ min: 1, max: 400 }).map((length) => (token: string, at: number) => cut(token, at, length)),
  fc.integer({ min: 1, max: 40 }).map((length) => (token: string, at: number) => twice(token, at, length)),
  fc.integer({ min: 0, max: 7 }).map((bit) => (token: string, at: number) => withBitTurned(token, at, bit)),
);

it("refuses every token whose text was changed, with UNAUTHENTICATED and nothing else", () => {
  for (const token of tokens) verifier.verify(token);
  fc.assert(
    fc.property(where, fc.array(change, { minLength: 1, maxLength: 3 }), ({ token, at }, changes) => {
      const original = tokens[token] as string;
      const changed = changes.reduce((text, apply) => apply(text, Math.floor(at * text.length)), original);
      fc.pre(changed !== original);
      expectRefusal(changed);
    }),
    { numRuns: 1500 },
  );
});

it("refuses whatever else a text says, with UNAUTHENTICATED and nothing else", () => {
  const json = fc.json({ maxDepth: 3 });
  const part = fc.oneof(json, fc.string({ unit: "binary" })).map((text) => Buffer.from(text).toString("base64url"));
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join(".")),
  );
  fc.assert(fc.property(text, expectRefusal), { numRuns: 800 });
});

it("never throws anything else at a payload that the real key has signed", () => {
  const header = { alg: "ES256", typ: "at+jwt", kid: identity.keys()[0]?.kid };
  const now = Math.floor(Date.now() / 1000);
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(now, now + 600, "shop-api", "shop-internal"));
  const names = ["iss", "aud", "sub", "jti", "iat", "exp", "nbf", "role", "scope", "sid", "act"];
  const right = { iss: identity.issuer, aud: "shop-internal", sub: "s", jti: "j", iat: now, exp: now + 600 };
  const claims = fc.dictionary(fc.constantFrom(...names), value);
  fc.assert(
    fc.property(claims, (some) => {
      try {
        verifier.verify(identity.sign(header, { ...right, ...some }));
      } catch (err) {
        expect(err).toMatchObject({ code: "UNAUTHENTICATED" });
      }
    }),
    { numRuns: 400 },
  );
});

function expectRefusal(token: string): void {
  let outcome: unknown;
  try {
    outcome = verifier.verify(token);
  } catch (err) {
    outcome = err;
  }
  expect(outcome).toBeInstanceOf(AppError);
  expect(outcome).toMatchObject({ code: "UNAUTHENTICATED" });
}

function cut(token: string, at: number, length: number): string {
  return token.slice(0, at) + token.slice(at + length);
}

function twice(token: string, at: number, length: number): string {
  return token.slice(0, at + length) + token.slice(at);
}

function withBitTurned(token: string, at: number, bit: number): string {
  return token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) ^ (1 << bit)) + token.slice(at + 1);
}
