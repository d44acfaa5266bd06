import { createHash } from "node:crypto";
import { basic, readBody, serviceToken, startFreshIdentity, type TestIdentity } from "../_identity.ts";
import { adminId, aliceId, askUsers, newUser, userBearer } from "../_users.ts";

const nobodyId = "01900000-0000-7000-8000-000000000404";

interface UserDocument {
  userId: string;
  [field: string]: unknown;
}

describe("/users", () => {
  let identity: TestIdentity;
  let admin: Record<string, string>;

  beforeAll(async () => {
    identity = await startFreshIdentity({ PUBLIC_URL: "http://shop.test/auth" });
    admin = await userBearer(identity, "admin");
  });
  afterAll(() => identity?.close());

  const create = async (changes: Record<string, unknown>) => {
    const response = await askUsers(identity, "POST", "", { headers: admin, body: newUser(changes) });
    expect(response.status).toBe(201);
    return readBody<UserDocument>(response);
  };
  const statusOf = async (answer: Promise<Response>) => (await answer).status;

  it("makes a user who can log in, be read and have a profile", async () => {
    const response = await askUsers(identity, "POST", "", { headers: admin, body: newUser({ username: "carol" }) });
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { password: _, ...asked } = newUser({ username: "carol" });
    const address = { street: "1 High Street", city: "Leeds", state: "", zipCode: "LS1", country: "GB" };
    const expected = { ...asked, userId: expect.stringMatching(/^[0-9a-f-]{36}$/), addresses: [address] };
    const created = await readBody<UserDocument>(response);
    expect(created).toEqual(expected);
    expect(response.headers.get("location")).toBe(`http://shop.test/auth/users/${created.userId}`);

    const read = await askUsers(identity, "GET", `/${created.userId}`, { headers: admin });
    expect([read.status, read.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await readBody(read)).toEqual(created);

    const token = await serviceToken(identity, "profiles");
    const authorization = `Bearer ${token}`;
    const profile = await fetch(`${identity.url}/internal/profiles/${created.userId}`, { headers: { authorization } });
    expect(await readBody(profile)).toMatchObject({ name: "Carol Carter", address });
    expect(await statusOf(identity.login({ username: "carol", password: "correct horse battery" }))).toBe(200);
  });

  it.each(["customer", "operator", "Admin"])("makes a user of the role %s", async (role) => {
    const username = `new-${role}`;
    await create({ username, role });
    const { authorization = "" } = await userBearer(identity, username, "correct horse battery");
    const claims = JSON.parse(Buffer.from(authorization.split(".")[1] ?? "", "base64url").toString());
    expect(claims.role).toBe(role);
  });

  it("refuses a name that is taken, also to one of two at once", async () => {
    const ask = () => askUsers(identity, "POST", "", { headers: admin, body: newUser({ username: "dave" }) });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await readBody(refused as Response)).toMatchObject({ code: "USER_EXISTS", title: "The user exists" });
    const alice = await askUsers(identity, "POST", "", { headers: admin, body: newUser({ username: "alice" }) });
    expect(alice.status).toBe(409);
  });

  it("refuses a name that differs from another user's in nothing but its case", async () => {
    for (const username of ["Alice", "ADMIN"]) {
      const refused = await askUsers(identity, "POST", "", { headers: admin, body: newUser({ username }) });
      expect([refused.status, await readBody(refused)]).toMatchObject([409, { code: "USER_EXISTS" }]);
    }
  });

  it("lets a user in however the keyboard writes the name, and refuses text that no database can hold", async () => {
    await create({ username: "ren\u00e9" });
    const password = "correct horse battery";
    expect(await statusOf(identity.login({ username: "rene\u0301", password }))).toBe(200);
    const addresses = [{ street: "\ud800", city: "Leeds", zipCode: "LS1", country: "GB" }];
    const body = newUser({ username: "half", addresses });
    expect(await statusOf(askUsers(identity, "POST", "", { headers: admin, body }))).toBe(400);
  });

  it("names all that is wrong with a user, and repeats none of it", async () => {
    const body = newUser({ username: " ", password: "canary1", role: "root", email: "canary2", canary: 1 });
    const response = await askUsers(identity, "POST", "", { headers: admin, body });
    expect(response.status).toBe(400);
    const problem = await readBody<{ errors: { field: string; message: string }[] }>(response);
    expect(problem.errors.map(({ field }) => field).sort()).toEqual([
      "canary",
      "email",
      "password",
      "role",
      "username",
    ]);
    expect(JSON.stringify(problem)).not.toMatch(/canary[12]|root/);
    expect(identity.logged()).not.toContain("canary");
  });

  it("says of a user that is not there, and of an id that is none, that they are not", async () => {
    for (const method of ["GET", "DELETE"]) {
      expect(await statusOf(askUsers(identity, method, `/${nobodyId}`, { headers: admin }))).toBe(404);
      expect(await statusOf(askUsers(identity, method, "/carol", { headers: admin }))).toBe(400);
      expect(await statusOf(askUsers(identity, method, `/${"a".repeat(101)}`, { headers: admin }))).toBe(400);
    }
  });

  describe("who may", () => {
    const someone: [string, () => Promise<Record<string, string>>, number][] = [
      ["nobody", async () => ({}), 401],
      ["a made-up token", async () => ({ authorization: `Bearer ${"a".repeat(40)}.b.c` }), 401],
      ["a password", async () => basic("admin", "demo-password"), 401],
      ["a customer", () => userBearer(identity, "alice"), 403],
      ["an operator", () => userBearer(identity, "oscar"), 403],
      ["a service", async () => ({ authorization: `Bearer ${await serviceToken(identity, "profiles")}` }), 403],
    ];
    it.each(someone)("refuses %s alike, whoever is asked for and whatever is sent", async (who, headersOf, status) => {
      const username = `eve, ${who}`;
      const headers = await headersOf();
      const answers = await Promise.all([
        ...[aliceId, adminId, nobodyId, "carol"].flatMap((id) => [
          askUsers(identity, "GET", `/${id}`, { headers }),
          askUsers(identity, "DELETE", `/${id}`, { headers }),
        ]),
        askUsers(identity, "POST", "", { headers, body: newUser({ username }) }),
        askUsers(identity, "POST", "", { headers, body: newUser({ username: "alice" }) }),
        askUsers(identity, "POST", "", { headers, body: {} }),
      ]);
      const bodies = await Promise.all(answers.map((answer) => answer.text()));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
      expect(new Set(bodies).size).toBe(1);
      expect(await statusOf(askUsers(identity, "GET", `/${aliceId}`, { headers: admin }))).toBe(200);
      expect(await statusOf(identity.login({ username, password: "correct horse battery" }))).toBe(401);
    });
  });

  describe("DELETE /users/{userId}", () => {
    const password = "correct horse battery";

    it("ends all that the user has: logins, tokens, profile", async () => {
      const { userId } = await create({ username: "frank" });
      const login = await identity.login({ username: "frank", password });
      const { refresh_token } = await readBody<{ refresh_token: string }>(login);

      const response = await askUsers(identity, "DELETE", `/${userId}`, { headers: admin });
      expect([response.status, await response.text()]).toEqual([204, ""]);

      const listed = await readBody<{ revoked: string[] }>(await fetch(`${identity.url}/revocations`));
      expect(listed.revoked).toContain(createHash("sha256").update(`sub:${userId}`).digest("base64url"));
      const refresh = await identity.token({ grant_type: "refresh_token", refresh_token });
      expect([refresh.status, await readBody(refresh)]).toMatchObject([400, { error: "invalid_grant" }]);
      expect(await statusOf(identity.login({ username: "frank", password }))).toBe(401);
      expect(await statusOf(askUsers(identity, "GET", `/${userId}`, { headers: admin }))).toBe(404);
      expect(await statusOf(askUsers(identity, "DELETE", `/${userId}`, { headers: admin }))).toBe(404);
      const authorization = `Bearer ${await serviceToken(identity, "profiles")}`;
      const profile = await fetch(`${identity.url}/internal/profiles/${userId}`, { headers: { authorization } });
      expect(profile.status).toBe(404);
      expect(identity.logged()).toContain("user deleted");
    });

    it("takes a deleted Admin's rights away at once", async () => {
      const { userId } = await create({ username: "grace", role: "Admin" });
      const grace = await userBearer(identity, "grace", password);
      expect(await statusOf(askUsers(identity, "GET", `/${aliceId}`, { headers: grace }))).toBe(200);
      expect(await statusOf(askUsers(identity, "DELETE", `/${userId.toUpperCase()}`, { headers: admin }))).toBe(204);
      expect(await statusOf(askUsers(identity, "GET", `/${aliceId}`, { headers: grace }))).toBe(401);
    });

    it("gives the name free, for another user with another id", async () => {
      const { userId } = await create({ username: "heidi" });
      await askUsers(identity, "DELETE", `/${userId}`, { headers: admin });
      expect((await create({ username: "heidi" })).userId).not.toBe(userId);
    });
  });
});

describe("the last Admin", () => {
  let identity: TestIdentity;

  beforeAll(async () => {
    identity = await startFreshIdentity();
  });
  afterAll(() => identity?.close());

  it("can delete others", async () => {
    const headers = await userBearer(identity, "admin");
    expect((await askUsers(identity, "DELETE", `/${aliceId}`, { headers })).status).toBe(204);
  });

  it("cannot be deleted, not even where the last two delete each other at once", async () => {
    const headers = await userBearer(identity, "admin");
    const own = () => askUsers(identity, "DELETE", `/${adminId}`, { headers });
    const refused = await own();
    expect([refused.status, await readBody(refused)]).toMatchObject([
      409,
      { code: "FAILED_PRECONDITION", reason: "LAST_ADMIN" },
    ]);

    const body = newUser({ username: "ivan", role: "Admin" });
    const { userId } = await readBody<UserDocument>(await askUsers(identity, "POST", "", { headers, body }));
    const ivan = await userBearer(identity, "ivan", "correct horse battery");
    const answers = await Promise.all([
      askUsers(identity, "DELETE", `/${userId}`, { headers }),
      askUsers(identity, "DELETE", `/${adminId}`, { headers: ivan }),
    ]);
    const [done, late] = answers.map(({ status }) => status).sort();
    expect(done).toBe(204);
    // The later one is refused as the last Admin, or finds that it is no Admin any more.
    expect([401, 409]).toContain(late);
  });
});
