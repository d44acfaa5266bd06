import { createHash } from "node:crypto";
import jsonwebtoken from "jsonwebtoken";
import { aliceId, createTestIdentity, type TestIdentity, tamper } from "./identity.ts";

let identity: TestIdentity;

beforeEach(async () => {
  identity = await createTestIdentity();
});

afterEach(() => identity.close());

test("mints user tokens with the claims and the header of an access token", () => {
  const decoded = jsonwebtoken.decode(identity.userToken({ role: "Admin", jti: "j-1" }), { complete: true });
  expect(decoded?.header).toMatchObject({ alg: "ES256", typ: "at+jwt", kid: identity.keys()[0]?.kid });
  expect(decoded?.payload).toMatchObject({
    iss: "shop-identity",
    aud: "shop-api",
    sub: aliceId,
    role: "Admin",
    jti: "j-1",
  });
});

test("gives a token to its client and none to another", async () => {
  const given = await askToken(`${identity.clientId}:${identity.clientSecret}`);
  expect(given.status).toBe(200);
  expect(await given.json()).toMatchObject({ token_type: "Bearer", expires_in: 600 });
  expect((await askToken("order-service:wrong")).status).toBe(401);
  expect(identity.tokensGiven).toBe(1);
});

test("serves a profile to a service and refuses a user", async () => {
  const url = `${identity.url}/internal/profiles/${aliceId}`;
  const bearer = (token: string) => fetch(url, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await bearer(identity.serviceToken({ scopes: ["profiles"] }))).json()).toMatchObject({
    userId: aliceId,
  });
  expect((await bearer(identity.userToken())).status).toBe(401);
});

test("serves the new key after a rotation", async () => {
  const before = identity.keys()[0]?.kid;
  identity.rotateKey();
  const served = (await (await fetch(identity.jwksUrl)).json()) as { keys: { kid: string }[] };
  expect(served.keys.map((key) => key.kid)).toEqual([identity.keys()[0]?.kid]);
  expect(served.keys[0]?.kid).not.toBe(before);
});

test("changes claims and keeps the signature when it tampers", () => {
  const token = identity.userToken();
  const tampered = tamper(token, { role: "Admin" });
  expect(jsonwebtoken.decode(tampered)).toMatchObject({ role: "Admin", sub: aliceId });
  expect(tampered.split(".")[2]).toBe(token.split(".")[2]);
});

test("signs with a key that was added until it is removed, and serves both meanwhile", async () => {
  const first = identity.keys()[0]?.kid;
  const added = identity.addKey("RS256");
  expect(jsonwebtoken.decode(identity.userToken(), { complete: true })?.header).toMatchObject({
    alg: "RS256",
    kid: added,
  });
  expect(identity.keys().map(({ kid, alg }) => [kid, alg])).toEqual([
    [added, "RS256"],
    [first, "ES256"],
  ]);
  identity.removeKey(added);
  expect(jsonwebtoken.decode(identity.userToken(), { complete: true })?.header).toMatchObject({
    alg: "ES256",
    kid: first,
  });
});

test("signs with a secret where it is HS256, and publishes no key", async () => {
  const other = await createTestIdentity({ alg: "HS256" });
  const claims = jsonwebtoken.verify(other.userToken(), other.jwtSecret ?? "", { algorithms: ["HS256"] });
  expect(claims).toMatchObject({ sub: aliceId });
  expect(other.keys()).toEqual([]);
  await other.close();
});

test("lists what was revoked as hashes, and again only where that has changed", async () => {
  identity.revoke({ sub: aliceId.toUpperCase() }, { jti: "j-1" });
  const answer = await fetch(`${identity.url}/revocations`);
  const { revoked } = (await answer.json()) as { revoked: string[] };
  expect(revoked).toEqual([`sub:${aliceId}`, "jti:j-1"].map(hashOf).sort());
  const etag = answer.headers.get("etag") ?? "";
  const ask = () => fetch(`${identity.url}/revocations`, { headers: { "if-none-match": etag } });
  expect((await ask()).status).toBe(304);
  identity.revoke({ sid: "s-1" });
  expect((await ask()).status).toBe(200);
  expect(identity.revocationsRead).toEqual({ full: 2, unchanged: 1 });
});

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function askToken(login: string): Promise<Response> {
  return fetch(identity.tokenUrl, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(login).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
}
