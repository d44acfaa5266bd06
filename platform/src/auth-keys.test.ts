import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { keySetOf, readKeySet, renewedKeys } from "./auth-keys.ts";

function jwkOf(pair: { publicKey: { export(options: { format: "jwk" }): JsonWebKey } }, rest: object = {}): JsonWebKey {
  return { ...pair.publicKey.export({ format: "jwk" }), kid: "one", ...rest };
}

const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

it.each([
  ["a key of the curve P-256", jwkOf(elliptic), "ES256"],
  ["an RSA key of 2,048 bits", jwkOf(rsa), "RS256"],
  ["an RSA key that says so", jwkOf(rsa, { alg: "RS256", use: "sig" }), "RS256"],
])("takes %s for its own algorithm", (_, jwk, alg) => {
  expect(readKeySet({ keys: [jwk] }).keys.get("one")).toMatchObject({ alg, key: { type: "public" } });
});

it.each([
  ["another algorithm of its kind", jwkOf(elliptic, { alg: "ES384" })],
  ["another kind's algorithm", jwkOf(elliptic, { alg: "RS256" })],
  ["a shared secret's algorithm", jwkOf(rsa, { alg: "HS256" })],
  ["the algorithm PS256", jwkOf(rsa, { alg: "PS256" })],
  ["no algorithm", jwkOf(elliptic, { alg: "none" })],
  ["encryption", jwkOf(rsa, { use: "enc" })],
])("leaves out a key that says it is for %s", (_, jwk) => {
  expect(keySetOf([jwk])).toEqual({ keys: new Map(), faults: [] });
});

it.each([
  ["a shared secret", { kty: "oct", k: "c2VjcmV0", kid: "one" }],
  ["another curve", jwkOf(generateKeyPairSync("ec", { namedCurve: "P-384" }))],
  ["Ed25519", jwkOf(generateKeyPairSync("ed25519"))],
])("leaves out %s", (_, jwk) => {
  expect(keySetOf([jwk])).toEqual({ keys: new Map(), faults: [] });
});

it("tells that an RSA key is too short", () => {
  const short = jwkOf(generateKeyPairSync("rsa", { modulusLength: 1024 }));
  expect(keySetOf([short, jwkOf(rsa, { kid: "two" })])).toMatchObject({
    keys: new Map([["two", { alg: "RS256" }]]),
    faults: ["keys[0]: it has 1024 bits, less than 2048"],
  });
});

it("keeps only the public half of a key", () => {
  const { privateKey } = elliptic;
  const { keys } = keySetOf([{ ...privateKey.export({ format: "jwk" }), kid: "one" }]);
  expect(keys.get("one")?.key.type).toBe("public");
});

describe("renewedKeys", () => {
  const one = () => keySetOf([jwkOf(elliptic)]).keys;
  const two = () => keySetOf([jwkOf(elliptic), jwkOf(rsa, { kid: "two" })]).keys;

  it("is the set as it was where nothing has changed", () => {
    const before = one();
    expect(renewedKeys(before, one())).toBe(before);
  });

  it("keeps the key that stayed, whatever comes and goes beside it", () => {
    const before = one();
    const more = renewedKeys(before, two());
    expect(more.size).toBe(2);
    expect(more.get("one")).toBe(before.get("one"));
    const less = renewedKeys(more, one());
    expect([...less]).toEqual([["one", before.get("one")]]);
  });

  it("replaces a key whose name another one has taken", () => {
    const before = one();
    const other = keySetOf([jwkOf(rsa)]).keys;
    expect(renewedKeys(before, other).get("one")).toBe(other.get("one"));
  });
});
