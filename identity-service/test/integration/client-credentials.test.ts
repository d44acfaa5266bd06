import { basic, readBody, serviceToken, startFreshIdentity, type TestIdentity, testClient } from "../_identity.ts";

interface OAuthAnswer {
  access_token?: string;
  scope?: string;
  error?: string;
  error_description?: string;
}

const grant_type = "client_credentials";

describe("POST /oauth2/token for a client", () => {
  let identity: TestIdentity;

  beforeAll(async () => {
    identity = await startFreshIdentity();
  });
  afterAll(() => identity?.close());

  it.each([
    ["client_secret_basic", {}, basic(testClient.id, testClient.secret)],
    ["client_secret_post", { client_id: testClient.id, client_secret: testClient.secret }, {}],
  ])("gives a token for %s", async (_method, fields, headers) => {
    const response = await identity.token({ grant_type, ...fields }, headers);

    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await readBody(response)).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 600,
      scope: "inventory payments profiles",
    });
  });

  it("makes the token one of a service", async () => {
    const claims = (await serviceToken(identity, "")).split(".")[1] ?? "";
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
      iss: "https://identity.test",
      aud: "shop-internal",
      sub: "order-service",
      client_id: "order-service",
      scope: "inventory payments profiles",
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
  });

  it("narrows the scope to what is asked for, each word once", async () => {
    const response = await identity.token(
      { grant_type, scope: "payments inventory payments" },
      basic(testClient.id, testClient.secret),
    );
    expect((await readBody<OAuthAnswer>(response)).scope).toBe("payments inventory");
  });

  it.each([
    ["a wrong secret", {}, basic(testClient.id, "wrong")],
    ["an empty secret", {}, basic(testClient.id, "")],
    ["an unknown client", {}, basic("mallory", testClient.secret)],
    ["a wrong secret in the form", { client_id: testClient.id, client_secret: "wrong" }, {}],
    ["no credentials", {}, {}],
    ["only a client_id", { client_id: testClient.id }, {}],
    ["another scheme", {}, { authorization: `Bearer ${testClient.secret}` }],
    ["what is not base64", {}, { authorization: "Basic :::" }],
    ["U+0000 in the header", {}, basic("order\u0000service", "x")],
  ])("answers %s with invalid_client", async (_case, fields, headers) => {
    const response = await identity.token({ grant_type, ...fields }, headers as Record<string, string>);

    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Basic/);
    expect(await readBody(response)).toEqual({ error: "invalid_client", error_description: expect.any(String) });
  });

  const right = basic(testClient.id, testClient.secret);
  const faults: [string, string, Record<string, string>, string][] = [
    ["a scope that the client has not", `grant_type=${grant_type}&scope=shipping`, right, "invalid_scope"],
    ["a scope in which one word is too much", `grant_type=${grant_type}&scope=payments+admin`, right, "invalid_scope"],
    ["no grant_type", "scope=payments", right, "invalid_request"],
    ["an empty grant_type", "grant_type=", right, "invalid_request"],
    ["nothing", "", right, "invalid_request"],
    ["a grant that is not there", "grant_type=password&username=a&password=b", right, "unsupported_grant_type"],
    ["a parameter twice", `grant_type=${grant_type}&grant_type=${grant_type}`, right, "invalid_request"],
    ["U+0000", `grant_type=${grant_type}&scope=%00`, right, "invalid_request"],
    ["a very long parameter", `grant_type=${grant_type}&scope=${"a".repeat(3000)}`, right, "invalid_request"],
    [
      "two ways to authenticate",
      `grant_type=${grant_type}&client_id=order-service&client_secret=x`,
      right,
      "invalid_request",
    ],
    ["two client ids", `grant_type=${grant_type}&client_id=other`, right, "invalid_request"],
    ["a secret without an id", `grant_type=${grant_type}&client_secret=x`, {}, "invalid_request"],
  ];
  it.each(faults)("answers %s in the words of RFC 6749", async (_case, body, headers, error) => {
    const response = await fetch(`${identity.url}/oauth2/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body,
    });

    expect(response.status).toBe(400);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await readBody(response)).toEqual({ error, error_description: expect.any(String) });
  });

  it("ignores parameters that it does not know", async () => {
    const response = await identity.token({ grant_type, resource: "x" }, basic(testClient.id, testClient.secret));
    expect(response.status).toBe(200);
  });

  it.each([
    ["JSON", "application/json", "{}", 415],
    ["20 kB", "application/x-www-form-urlencoded", `scope=${"a".repeat(20_000)}`, 413],
  ])("refuses %s", async (_case, contentType, body, status) => {
    const response = await fetch(`${identity.url}/oauth2/token`, {
      method: "POST",
      headers: { "content-type": contentType },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await readBody<OAuthAnswer>(response)).error).toBe("invalid_request");
  });

  it("writes no secret into the log", async () => {
    await identity.token({ grant_type }, basic("canary-client", "canary-secret"));
    await identity.token({ grant_type, client_id: "canary-client", client_secret: "canary-secret" });
    expect(identity.logged()).toContain("token refused");
    expect(identity.logged()).not.toMatch(/canary/);
    expect(identity.logged()).not.toContain(testClient.secret);
  });
});
