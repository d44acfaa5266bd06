import { generateKeyPairSync, type KeyObject } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import type { VerificationKey } from "./auth-keys.ts";
import { type Expected, verifyAccessToken } from "./auth-verify.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const iat = 1_800_000_000;
const exp = iat + 600;
const claims = { iss: "issuer", aud: "shop-api", sub: "alice", jti: "token", iat, exp };
const expected: Expected = {
  issuer: "issuer",
  audiences: ["shop-api", "order-service"],
  nowMs: iat * 1000,
  toleranceSeconds: 5,
};

function verify(changes: Partial<Expected> = {}, key: VerificationKey = { alg: "ES256", key: publicKey }) {
  const token = jsonwebtoken.sign(claims, privateKey as KeyObject, {
    algorithm: "ES256",
    header: { alg: "ES256", typ: "at+jwt", kid: "key" },
  });
  return verifyAccessToken(token, { get: (kid) => (kid === "key" ? key : undefined) }, { ...expected, ...changes });
}

it.each([
  ["within the tolerance", 5, exp + 4, false],
  ["after the tolerance", 5, exp + 5, true],
  ["before its end, without a tolerance", 0, exp - 1, false],
  ["at its end, without a tolerance", 0, exp, true],
])("ends a token by the time that it is told: %s", (_case, toleranceSeconds, nowSeconds, isOver) => {
  const verdict = verify({ toleranceSeconds, nowMs: nowSeconds * 1000 });
  expect("refused" in verdict && verdict.refused).toBe(isOver && "expired");
});

it.each([
  ["before its own time", 0, 5, false],
  ["before its own time by more than clocks differ", 0, 6, true],
])("takes a token that was issued %s by the clock of another machine", (_case, toleranceSeconds, early, isRefused) => {
  const verdict = verify({ toleranceSeconds, nowMs: (iat - early) * 1000 });
  expect("refused" in verdict && verdict.refused).toBe(isRefused && "invalid");
});

it("takes a token for the audiences that are named, and for no other", () => {
  expect(verify()).toMatchObject({ claims, kid: "key" });
  expect(verify({ audiences: ["order-service"] })).toMatchObject({ refused: "invalid" });
});

it("lets a key verify with its own algorithm only, whatever the token says and the key could", () => {
  expect(verify({}, { alg: "RS256", key: publicKey })).toMatchObject({ refused: "invalid" });
  expect(verify({}, { alg: "HS256", key: publicKey })).toMatchObject({ refused: "invalid" });
});
