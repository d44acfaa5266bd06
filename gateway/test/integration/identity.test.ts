import { type IncomingMessage, request } from "node:http";
import { startGateway, type TestGateway } from "../_gateway.ts";

describe("/auth", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    gateway.identity.seen.length = 0;
  });

  it("passes a login on as it came and its answer back as it is", async () => {
    gateway.identity.answer = {
      status: 200,
      headers: { "cache-control": "no-store", "x-inner": "secret" },
      body: '{"access_token": "t"}',
    };
    const login = '{ "username": "alice",  "password": "demo-password" }';

    const answer = await gateway.post("/auth/login", login, {
      "x-correlation-id": "c-1",
      "x-forwarded-for": "6.6.6.6",
    });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ access_token: "t" });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("x-inner")).toBeNull();
    expect(gateway.identity.seen).toMatchObject([{ method: "POST", url: "/login", body: login }]);
    expect(gateway.identity.seen[0]?.headers).toMatchObject({
      "content-type": "application/json",
      "x-correlation-id": "c-1",
      "x-forwarded-for": "127.0.0.1",
    });
  });

  it("keeps identity's refusal with its Retry-After", async () => {
    const problem = '{"code":"RATE_LIMITED","status":429}';
    const headers = { "content-type": "application/problem+json", "retry-after": "7" };
    gateway.identity.answer = { status: 429, headers, body: problem };

    const answer = await gateway.post("/auth/login", "{}");

    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toEqual(JSON.parse(problem));
  });

  it("passes a form and a client's credentials on", async () => {
    gateway.identity.answer = { status: 401, headers: { "www-authenticate": "Basic" }, body: '{"error":"x"}' };
    const form = { "content-type": "application/x-www-form-urlencoded", authorization: "Basic YTpi" };

    const answer = await gateway.post("/auth/oauth2/token", "grant_type=client_credentials", form);

    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Basic");
    expect(gateway.identity.seen[0]).toMatchObject({ url: "/oauth2/token", body: "grant_type=client_credentials" });
    expect(gateway.identity.seen[0]?.headers).toMatchObject(form);
  });

  it.each(["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"])("reads %s", async (path) => {
    gateway.identity.answer = { status: 200, body: '{"keys":[]}' };

    const answer = await gateway.get(`/auth${path}`);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ keys: [] });
    expect(gateway.identity.seen).toMatchObject([{ method: "GET", url: path }]);
  });

  it("passes on what is asked of one user, and nothing but the id that the path must have", async () => {
    gateway.identity.answer = { status: 204, body: "" };
    const userId = "01900000-0000-7000-8000-00000000a11c";

    const answer = await gateway.get(`/auth/users/${userId}`, {
      method: "DELETE",
      headers: { authorization: "Bearer x" },
    });

    expect(answer.status).toBe(204);
    expect(gateway.identity.seen).toMatchObject([{ method: "DELETE", url: `/users/${userId}` }]);
    expect(gateway.identity.seen[0]?.headers.authorization).toBe("Bearer x");
  });

  it.each(["/auth/users/%2e%2e", "/auth/users/x%2f..%2finternal", "/auth/keys/%2e%2e", "/auth/keys/a%2fb"])(
    "does not let %s out of its path",
    async (path) => {
      // What fetch would make of such a path is no test of the gateway.
      const asked = request({ port: new URL(gateway.url).port, path, method: "DELETE" }).end();
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        asked.once("response", resolve).once("error", reject);
      });

      expect(answer.resume().statusCode).toBe(400);
      expect(gateway.identity.seen).toEqual([]);
    },
  );

  it("says where a new user is, as identity says it", async () => {
    const location = "http://localhost:8000/auth/users/7";
    gateway.identity.answer = { status: 201, headers: { location }, body: "{}" };

    const answer = await gateway.post("/auth/users", "{}");

    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(location);
  });

  it("asks identity whether the keys have changed", async () => {
    gateway.identity.answer = { status: 304, headers: { etag: '"1"' }, body: "" };

    const answer = await gateway.get("/auth/.well-known/jwks.json", { headers: { "if-none-match": '"1"' } });

    expect(answer.status).toBe(304);
    expect(answer.headers.get("etag")).toBe('"1"');
    expect(gateway.identity.seen[0]?.headers["if-none-match"]).toBe('"1"');
  });

  it("reads no answer without end", async () => {
    gateway.identity.answer = { status: 200, body: `"${"x".repeat(300_000)}"` };

    await expect(gateway.get("/auth/.well-known/jwks.json")).resolves.toMatchObject({
      status: 503,
      body: { code: "UNAVAILABLE" },
    });
  });

  it("does not follow where identity redirects to", async () => {
    gateway.identity.answer = { status: 302, headers: { location: "http://127.0.0.1:1/" }, body: "" };

    await expect(gateway.get("/auth/.well-known/jwks.json")).resolves.toMatchObject({ status: 302 });
  });

  it("answers 503 with a problem when identity is down", async () => {
    const lonely = await startGateway({ IDENTITY_URL: "http://127.0.0.1:1" });
    try {
      const answer = await lonely.post("/auth/login", "{}");
      expect(answer.status).toBe(503);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(answer.headers.get("retry-after")).toBe("1");
      expect(answer.body.code).toBe("UNAVAILABLE");
    } finally {
      await lonely.close();
    }
  });
});
