import { createSecretKey, randomUUID } from "node:crypto";
import jwt from "jsonwebtoken";
import { mintAccessToken } from "./access-token.ts";
import { readAccessToken } from "./read-access-token.ts";
import { newSigningKey, type PublishedKey, type SigningKey, sharedSecretKey } from "./signing-key.ts";

const issuer = "https://identity.test";
const nowMs = 1_800_000_000_000;
const iat = nowMs / 1000;
const subject = { kind: "service", clientId: "order-service", scope: ["profiles"] } as const;
const claims = {
  iss: issuer,
  aud: "shop-internal",
  sub: "order-service",
  scope: "",
  jti: randomUUID(),
  iat,
  exp: iat + 600,
};

let es256: PublishedKey;
let rs256: PublishedKey;
let keys: SigningKey[];

beforeAll(async () => {
  es256 = await newSigningKey("ES256");
  rs256 = await newSigningKey("RS256");
  keys = [es256, rs256, sharedSecretKey("a-secret-that-all-services-share-here")];
});

const read = (token: string, atMs = nowMs) =>
  readAccessToken(token, { keys: { find: (kid) => keys.find((key) => key.kid === kid) }, issuer, nowMs: atMs });
const sign = (changes: object, header: object = {}, key = es256.signWith) =>
  jwt.sign(JSON.parse(JSON.stringify({ ...claims, ...changes })), key, {
    algorithm: "ES256",
    header: { alg: "ES256", typ: "at+jwt", kid: es256.kid, ...header },
  });
const unsigned = (header: object) =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;

it.each([0, 1, 2])("reads what a key of ours has signed (%p)", (index) => {
  const { token } = mintAccessToken(subject, { issuer, nowMs, key: keys[index] as SigningKey });
  expect(read(token)).toMatchObject({ aud: "shop-internal", sub: "order-service", scope: "profiles" });
});

it("tells an expired token from one that never was one", () => {
  expect(read(sign({}), nowMs + 599_000)).toMatchObject({ exp: iat + 600 });
  expect(read(sign({}), nowMs + 600_000)).toBe("expired");
});

const strangers: [string, () => string][] = [
  ["an empty text", () => ""],
  ["no header", () => "x.y.z"],
  ["another issuer", () => sign({ iss: "other" })],
  ["no expiry", () => sign({ exp: undefined })],
  ["no id", () => sign({ jti: undefined })],
  ["no subject", () => sign({ sub: undefined })],
  ["several audiences", () => sign({ aud: ["shop-internal", "shop-api"] })],
  ["a time that has not come", () => sign({ nbf: iat + 60 })],
  ["one of ours with a sign after it that decodes to nothing", () => `${sign({})}=`],
  ["another type", () => sign({}, { typ: "JWT" })],
  ["no type", () => sign({}, { typ: undefined })],
  ["an extension that must be understood", () => sign({}, { crit: ["b64"], b64: true })],
  ["no key id", () => sign({}, { kid: undefined })],
  ["a key id that nobody has", () => sign({}, { kid: "../../etc/passwd" })],
  ["another key's id", () => sign({}, { kid: rs256.kid })],
  ["more than 8 kB", () => sign({ filler: "x".repeat(8192) })],
  ["no signature", () => sign({}).replace(/[^.]+$/, "")],
  ["a signature of zeros", () => sign({}).replace(/[^.]+$/, Buffer.alloc(64).toString("base64url"))],
  ["alg none", () => unsigned({ alg: "none", typ: "at+jwt", kid: es256.kid })],
  ["alg nOnE", () => unsigned({ alg: "nOnE", typ: "at+jwt", kid: es256.kid })],
  [
    "HS256 by the public key",
    () => {
      const secret = createSecretKey(Buffer.from(es256.verifyWith.export({ format: "pem", type: "spki" }) as string));
      return jwt.sign(claims, secret, { algorithm: "HS256", header: { alg: "HS256", typ: "at+jwt", kid: es256.kid } });
    },
  ],
];
it.each(strangers)("takes no token with %s", (_case, token) => {
  expect(read(token())).toBe("unknown");
});
