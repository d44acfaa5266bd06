import {
  basic,
  bearer,
  claimsOf,
  logIn,
  readBody,
  secondClient,
  serviceToken,
  startFreshIdentity,
  type TestIdentity,
  testClient,
  thirdClient,
} from "../_identity.ts";

interface ExchangeAnswer {
  access_token: string;
  error?: string;
}

const grant_type = "urn:ietf:params:oauth:grant-type:token-exchange";
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";
const first = basic(testClient.id, testClient.secret);
const second = basic(secondClient.id, secondClient.secret);
const third = basic(thirdClient.id, thirdClient.secret);

let identity: TestIdentity;
let nowMs = Date.now();

beforeAll(async () => {
  identity = await startFreshIdentity({}, { nowMs: () => nowMs });
});
afterAll(() => identity?.close());

const userToken = async (user = "alice") => (await logIn(identity, user)).access_token;
const exchange = (subject_token: string, fields: Record<string, string> = {}, headers = first) =>
  identity.token(
    { grant_type, subject_token, subject_token_type: accessTokenType, audience: "inventory-service", ...fields },
    headers,
  );
const exchanged = async (subject: string, fields: Record<string, string> = {}, headers = first) =>
  (await readBody<ExchangeAnswer>(await exchange(subject, fields, headers))).access_token;

describe("the exchange of a token", () => {
  it("gives a token of the same user for one service, which says who acts", async () => {
    const subject = await userToken("oscar");
    const response = await exchange(subject);
    const answer = await readBody<ExchangeAnswer>(response);

    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(answer).toEqual({
      access_token: expect.any(String),
      issued_token_type: accessTokenType,
      token_type: "Bearer",
      expires_in: 600,
      scope: "orders",
    });
    const { sub, role, sid, exp, iss } = claimsOf(subject);
    expect(claimsOf(answer.access_token)).toEqual({
      iss,
      aud: "inventory-service",
      sub,
      role,
      sid,
      client_id: "order-service",
      scope: "orders",
      act: { sub: "order-service" },
      jti: expect.any(String),
      iat: expect.any(Number),
      exp,
    });
  });

  it("keeps all who act, the latest outside", async () => {
    const once = await exchanged(await userToken());
    const twice = await exchanged(once, { audience: "shipping-service" }, second);
    expect(claimsOf(twice)).toMatchObject({
      aud: "shipping-service",
      act: { sub: "inventory-service", act: { sub: "order-service" } },
    });
  });

  it("gives no token that outlives the one it was given", async () => {
    const subject = await userToken();
    nowMs += 400_000;
    try {
      const answer = await readBody<ExchangeAnswer & { expires_in: number }>(await exchange(subject));
      expect(answer.expires_in).toBeGreaterThan(190);
      expect(answer.expires_in).toBeLessThanOrEqual(200);
      expect(claimsOf(answer.access_token).exp).toBe(claimsOf(subject).exp);
    } finally {
      nowMs -= 400_000;
    }
  });

  it("ends with the login that it comes from", async () => {
    const { access_token, refresh_token } = await logIn(identity, "bob");
    const token = await exchanged(access_token);
    await identity.post("/oauth2/revoke", { token: refresh_token });

    expect(await readBody(await identity.post("/oauth2/introspect", { token }, first))).toEqual({ active: false });
    const refused = await exchange(access_token);
    expect(refused.status).toBe(400);
    expect(await readBody(refused)).toEqual({
      error: "invalid_request",
      error_description: "The subject_token has been revoked.",
    });
  });

  it("gives a client that may exchange no scope for it", async () => {
    const response = await identity.token({ grant_type: "client_credentials", scope: "token-exchange" }, first);
    expect((await readBody<ExchangeAnswer>(response)).error).toBe("invalid_scope");
    expect(claimsOf(await serviceToken(identity, "")).scope).not.toContain("token-exchange");
  });

  it("gives a token that no other service's door takes for the user's own", async () => {
    const token = await exchanged(await userToken("admin"));
    expect((await fetch(`${identity.url}/keys`, { headers: bearer(token) })).status).toBe(401);
  });

  it("lets no service look after keys and users for an Admin, by whichever way it got there", async () => {
    const forIdentity = { audience: "identity-service" };
    const directly = await exchanged(await userToken("admin"), forIdentity);
    const forOrders = await exchanged(await userToken("admin"), { audience: secondClient.id });
    const passedOn = await exchanged(forOrders, forIdentity, second);
    for (const token of [directly, passedOn]) {
      for (const [method, path] of [
        ["GET", "/keys"],
        ["POST", "/keys/rotate"],
        ["DELETE", "/keys/x"],
        ["POST", "/users"],
        ["GET", `/users/${claimsOf(token).sub}`],
        ["DELETE", `/users/${claimsOf(token).sub}`],
      ] as const) {
        const answer = await fetch(`${identity.url}${path}`, { method, headers: bearer(token) });
        expect([method, path, answer.status]).toEqual([method, path, 403]);
      }
    }
  });

  const refusals: [string, () => Promise<Response>, number, string][] = [
    ["a client without the permission", async () => exchange(await userToken(), {}, third), 400, "unauthorized_client"],
    ["a wrong secret", async () => exchange(await userToken(), {}, basic(testClient.id, "x")), 401, "invalid_client"],
    ["the public client", async () => exchange(await userToken(), { client_id: "shop" }, {}), 401, "invalid_client"],
    ["no client", async () => exchange(await userToken(), {}, {}), 401, "invalid_client"],
    ["an unknown audience", async () => exchange(await userToken(), { audience: "shop-api" }), 400, "invalid_target"],
    ["no audience", async () => exchange(await userToken(), { audience: "" }), 400, "invalid_request"],
    ["a resource", async () => exchange(await userToken(), { resource: "https://x" }), 400, "invalid_target"],
    ["a wider scope", async () => exchange(await userToken(), { scope: "orders admin" }), 400, "invalid_scope"],
    ["an actor's token", async () => exchange(await userToken(), { actor_token: "x" }), 400, "invalid_request"],
    [
      "another type of token",
      async () => exchange(await userToken(), { subject_token_type: "urn:ietf:params:oauth:token-type:jwt" }),
      400,
      "invalid_request",
    ],
    [
      "a wish for another type",
      async () =>
        exchange(await userToken(), { requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" }),
      400,
      "invalid_request",
    ],
    ["no token", async () => exchange(""), 400, "invalid_request"],
    ["what is no token", async () => exchange("x.y.z"), 400, "invalid_request"],
    ["a refresh token", async () => exchange((await logIn(identity, "alice")).refresh_token), 400, "invalid_request"],
    ["a service's token", async () => exchange(await serviceToken(identity, "profiles")), 400, "invalid_request"],
    [
      "a token made out to another service",
      async () => exchange(await exchanged(await userToken(), { audience: "gateway" })),
      400,
      "invalid_request",
    ],
    ["an expired token", () => expiredToken(), 400, "invalid_request"],
    ["a token that has been passed on too often", () => longChain(), 400, "invalid_request"],
  ];
  it.each(refusals)("is refused for %s", async (_case, ask, status, error) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await readBody(response)).toEqual({ error, error_description: expect.any(String) });
  });

  async function expiredToken(): Promise<Response> {
    const subject = await userToken();
    nowMs += 600_000;
    try {
      return await exchange(subject);
    } finally {
      nowMs -= 600_000;
    }
  }

  async function longChain(): Promise<Response> {
    let token = await userToken();
    for (let count = 0; count < 8; count += 1) token = await exchanged(token, { audience: testClient.id });
    return exchange(token);
  }
});
