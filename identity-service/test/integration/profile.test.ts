import { readBody, serviceToken, startFreshIdentity, type TestIdentity } from "../_identity.ts";

const alice = "01900000-0000-7000-8000-00000000a11c";
const oscar = "01900000-0000-7000-8000-00000005ca40";
const nobody = "01900000-0000-7000-8000-000000000404";

describe("GET /internal/profiles/{userId}", () => {
  let identity: TestIdentity;
  let token: string;

  beforeAll(async () => {
    identity = await startFreshIdentity();
    token = await serviceToken(identity, "profiles");
  });
  afterAll(() => identity?.close());

  const getProfile = (userId: string, authorization?: string) =>
    fetch(`${identity.url}/internal/profiles/${userId}`, { headers: authorization ? { authorization } : {} });

  it("gives a service the customer's name, mail address and address", async () => {
    const response = await getProfile(alice, `Bearer ${token}`);

    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await readBody(response)).toEqual({
      userId: alice,
      name: "Alice Archer",
      email: "alice@example.com",
      address: { street: "1 Market Street", city: "San Francisco", state: "CA", zipCode: "94105", country: "US" },
    });
  });

  it("gives null for a user without an address", async () => {
    expect(await readBody(await getProfile(oscar, `Bearer ${token}`))).toMatchObject({ userId: oscar, address: null });
  });

  it("answers 404 for nobody", async () => {
    const response = await getProfile(nobody, `Bearer ${token}`);
    expect(response.status).toBe(404);
    expect(await readBody(response)).toMatchObject({ code: "NOT_FOUND" });
  });

  it.each(["42", `${alice}x`, "%00", "a".repeat(90)])("answers 400 for the id %s", async (userId) => {
    const response = await getProfile(userId, `Bearer ${token}`);
    expect(response.status).toBe(400);
    expect(await readBody(response)).toMatchObject({ code: "VALIDATION_FAILED", errors: [{ field: "userId" }] });
  });

  it("refuses a service that has not the scope", async () => {
    const response = await getProfile(alice, `Bearer ${await serviceToken(identity, "inventory payments")}`);
    expect(response.status).toBe(403);
    expect(await readBody(response)).toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it.each(["alice", "admin"])("refuses the user %s, even for their own profile", async (username) => {
    const login = await identity.login({ username, password: "demo-password" });
    const { access_token } = await readBody<{ access_token: string }>(login);
    for (const userId of [alice, nobody]) {
      expect((await getProfile(userId, `Bearer ${access_token}`)).status).toBe(403);
    }
  });

  it("refuses everybody without a good token", async () => {
    const [header, claims, signature] = token.split(".") as [string, string, string];
    const other = signature.startsWith("A") ? "B" : "A";
    const authorizations = [
      undefined,
      "",
      "Bearer",
      "Bearer ",
      `Basic ${token}`,
      token,
      `Bearer ${header}.${claims}.`,
      `Bearer ${header}.${claims}.${other}${signature.slice(1)}`,
      `Bearer ${header}.${claims}.${"A".repeat(86)}`,
      `Bearer ${token} ${token}`,
    ];
    for (const authorization of authorizations) {
      const response = await getProfile(alice, authorization);
      expect([authorization, response.status]).toEqual([authorization, 401]);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
  });

  it("answers at no other path and by no other method", async () => {
    const post = await fetch(`${identity.url}/internal/profiles/${alice}`, { method: "POST", body: "x" });
    expect(post.status).toBe(405);
    expect(post.headers.get("allow")).toBe("GET, HEAD");
    expect((await fetch(`${identity.url}/login`)).status).toBe(405);
    expect((await fetch(`${identity.url}/internal/profiles`)).status).toBe(404);
  });

  it.each(["%zz", `internal/profiles/${"a".repeat(101)}`])(
    "says of the path /%s that it is the URL that is wrong",
    async (path) => {
      const response = await fetch(`${identity.url}/${path}`);
      expect(response.status).toBe(400);
      expect(await readBody(response)).toMatchObject({
        code: "VALIDATION_FAILED",
        title: "The request is not valid",
        errors: [{ field: "url", message: expect.any(String) }],
      });
    },
  );
});
