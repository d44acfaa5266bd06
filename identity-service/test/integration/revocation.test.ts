import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { revocationHash } from "../../src/domain/revocation.ts";
import { firstPosition, readRevocations, revoke as write } from "../../src/store/revocations.ts";
import {
  basic,
  bearer,
  claimsOf,
  logIn,
  readBody,
  serviceToken,
  startIdentity,
  type TestIdentity,
  type Tokens,
  testClient,
  testEnvironment,
} from "../_identity.ts";

const right = basic(testClient.id, testClient.secret);
const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");

let database: TestDatabase;
let identity: TestIdentity;
let other: TestIdentity;
let db: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  identity = await startIdentity(testEnvironment(database.url));
  other = await startIdentity(testEnvironment(database.url));
  db = new pg.Client({ connectionString: database.url });
  await db.connect();
});
afterAll(async () => {
  await db?.end();
  await identity?.close();
  await other?.close();
  await database?.drop();
});

const revoke = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  identity.post("/oauth2/revoke", fields, headers);
const revoked = async (at = identity) =>
  (await readBody<{ revoked: string[] }>(await fetch(`${at.url}/revocations`))).revoked;
const refresh = (refresh_token: string) => identity.token({ grant_type: "refresh_token", refresh_token });
const introspect = async (token: string, at = identity) =>
  readBody<{ active: boolean }>(await at.post("/oauth2/introspect", { token }, right));

describe("POST /oauth2/revoke", () => {
  it("ends the login of a refresh token and lists it, for the public client without a secret", async () => {
    const first = await logIn(identity, "alice");
    const second = await readBody<Tokens>(await refresh(first.refresh_token));
    const response = await revoke({ token: second.refresh_token, token_type_hint: "refresh_token", client_id: "shop" });

    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await refresh(second.refresh_token)).status).toBe(400);
    expect(await revoked()).toContain(sha256(`sid:${claimsOf(first.access_token).sid}`));
    expect(await introspect(first.access_token)).toEqual({ active: false });
    expect(await introspect(second.access_token)).toEqual({ active: false });
  });

  it("ends the login also by a refresh token that has been used, and by one whose time is over", async () => {
    const used = await logIn(identity, "bob");
    await refresh(used.refresh_token);
    const expired = await logIn(identity, "bob");
    await db.query("UPDATE refresh_families SET expires_at = now() WHERE id = $1", [
      claimsOf(expired.access_token).sid,
    ]);

    for (const { access_token, refresh_token } of [used, expired]) {
      expect((await revoke({ token: refresh_token })).status).toBe(200);
      expect(await introspect(access_token)).toEqual({ active: false });
    }
  });

  it.each([
    ["whoever has it", {}],
    ["an authenticated client", right],
  ])("lists an access token for %s, and leaves its login alone", async (_who, headers) => {
    const tokens = await logIn(identity, "alice");
    expect((await revoke({ token: tokens.access_token }, headers)).status).toBe(200);

    expect(await revoked()).toContain(sha256(`jti:${claimsOf(tokens.access_token).jti}`));
    expect(await introspect(tokens.access_token)).toEqual({ active: false });
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("lists a service's token, which is refused from then on", async () => {
    const token = await serviceToken(identity, "profiles");
    await revoke({ token, token_type_hint: "refresh_token" });
    const answer = await fetch(`${identity.url}/internal/profiles/01900000-0000-7000-8000-00000000a11c`, {
      headers: bearer(token),
    });
    expect(answer.status).toBe(401);
    expect(await readBody(answer)).toMatchObject({ detail: "The token has been revoked." });
  });

  it("ends the login of which many tokens are revoked one by one, so that the list stays short", async () => {
    let { access_token, refresh_token } = await logIn(identity, "bob");
    const before = (await revoked()).length;
    const { sid } = claimsOf(access_token);
    for (let count = 0; count < 10; count += 1) {
      await revoke({ token: access_token });
      const answer = await refresh(refresh_token);
      expect(answer.status).toBe(count < 9 ? 200 : 400);
      if (answer.status === 200) ({ access_token, refresh_token } = await readBody<Tokens>(answer));
    }
    expect(await revoked()).toContain(sha256(`sid:${sid}`));
    expect(await revoked(await restarted())).toHaveLength(before + 1);
  });

  it("lists what is revoked again for as long again", async () => {
    const { access_token } = await logIn(identity, "alice");
    const hash = createHash("sha256")
      .update(`jti:${claimsOf(access_token).jti}`)
      .digest();
    await revoke({ token: access_token });
    await db.query("UPDATE revocations SET expires_at = now() + interval '10 seconds' WHERE hash = $1", [hash]);
    await revoke({ token: access_token });
    const lasting = "SELECT 1 FROM revocations WHERE hash = $1 AND expires_at > now() + interval '600 seconds'";
    expect((await db.query(lasting, [hash])).rowCount).toBe(1);
  });

  it("tells readers anew of what is revoked again after its time was over", async () => {
    const entry = { kind: "jti", id: randomUUID() } as const;
    await write(db, entry);
    const { position } = await readRevocations(db, firstPosition);
    await db.query("UPDATE revocations SET expires_at = now() WHERE hash = $1", [revocationHash(entry)]);
    await write(db, entry);
    expect((await readRevocations(db, position)).hashes).toContainEqual(revocationHash(entry));
  });

  it("counts of a login's revoked tokens only those that are still listed", async () => {
    let { access_token, refresh_token } = await logIn(identity, "bob");
    const loginHash = createHash("sha256")
      .update(`sid:${claimsOf(access_token).sid}`)
      .digest();
    for (let count = 0; count < 12; count += 1) {
      await revoke({ token: access_token });
      await db.query("UPDATE revocations SET expires_at = now() WHERE login_hash = $1", [loginHash]);
      const answer = await refresh(refresh_token);
      expect(answer.status).toBe(200);
      ({ access_token, refresh_token } = await readBody<Tokens>(answer));
    }
  });

  it.each([
    ["one that nobody knows", "never-given-out"],
    ["one with another signature", "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IngifQ.e30.AAAA"],
    ["an unsigned one", "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJqdGkiOiIxIn0."],
  ])("answers %s with 200 and lists nothing", async (_case, token) => {
    const before = await revoked();
    expect((await revoke({ token })).status).toBe(200);
    expect(await revoked()).toEqual(before);
  });

  it.each([
    ["no token", {}, {}, 400, "invalid_request"],
    ["a type that is none of ours", { token: "x", token_type_hint: "saml2" }, {}, 400, "unsupported_token_type"],
    ["a wrong secret", { token: "x" }, basic(testClient.id, "wrong"), 401, "invalid_client"],
    ["another client by name only", { token: "x", client_id: testClient.id }, {}, 401, "invalid_client"],
    ["credentials given twice", { token: "x", client_secret: "y" }, right, 400, "invalid_request"],
    ["a token over 8 kB", { token: "x".repeat(8193) }, {}, 400, "invalid_request"],
  ])("refuses %s", async (_case, fields, headers, status, error) => {
    const response = await revoke(fields as Record<string, string>, headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(await readBody(response)).toEqual({ error, error_description: expect.any(String) });
  });

  it("refuses another client's refresh token, and leaves it good", async () => {
    const { refresh_token } = await logIn(identity, "alice");
    const response = await revoke({ token: refresh_token }, right);
    expect((await readBody<{ error: string }>(response)).error).toBe("invalid_grant");
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});

test("a refresh token that comes back ends the access tokens of its login too", async () => {
  const first = await logIn(identity, "bob");
  const second = await readBody<Tokens>(await refresh(first.refresh_token));
  expect(await introspect(second.access_token)).toMatchObject({ active: true });

  expect((await refresh(first.refresh_token)).status).toBe(400);
  expect(await introspect(second.access_token)).toEqual({ active: false });
  expect(await revoked()).toContain(sha256(`sid:${claimsOf(first.access_token).sid}`));
});

describe("GET /revocations", () => {
  it("is a sorted list that is not sent again to one who has it", async () => {
    await revoke({ token: (await logIn(identity, "alice")).access_token });
    await revoke({ token: (await logIn(identity, "bob")).access_token });
    const response = await fetch(`${identity.url}/revocations`);
    const list = (await readBody<{ revoked: string[] }>(response)).revoked;

    expect(list).toEqual([...list].sort());
    expect(list.every((entry) => /^[\w-]{43}$/.test(entry))).toBe(true);
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const headers = { "if-none-match": `"x", W/${response.headers.get("etag")}` };
    expect((await fetch(`${identity.url}/revocations`, { headers })).status).toBe(304);
  });

  it("tells what another process has revoked", async () => {
    const { access_token } = await logIn(identity, "alice");
    expect(await introspect(access_token, other)).toMatchObject({ active: true });
    await revoke({ token: access_token });
    await eventually(async () => expect(await introspect(access_token, other)).toEqual({ active: false }), {
      timeoutMs: 20_000,
    });
    expect(await revoked()).toEqual(expect.arrayContaining(await revoked(other)));
  });

  it("tells what a transaction commits after others that began later", async () => {
    const slow = new pg.Client({ connectionString: database.url });
    await slow.connect();
    const hash = randomBytes(32);
    try {
      await slow.query("BEGIN");
      await slow.query("INSERT INTO revocations (hash, expires_at) VALUES ($1, now() + interval '1 hour')", [hash]);
      const { access_token } = await logIn(identity, "alice");
      await revoke({ token: access_token });
      await eventually(async () => expect(await introspect(access_token, other)).toEqual({ active: false }), {
        timeoutMs: 20_000,
      });
      await slow.query("COMMIT");
    } finally {
      await slow.end();
    }
    const isListed = async () => (await revoked(other)).includes(hash.toString("base64url"));
    await eventually(isListed, { timeoutMs: 20_000 });
  });

  it("lets go of what has expired, at the next start at the latest", async () => {
    const hash = randomBytes(32);
    await db.query("INSERT INTO revocations (hash, expires_at) VALUES ($1, now() - interval '1 second')", [hash]);
    const fresh = await restarted();
    expect(await revoked(fresh)).not.toContain(hash.toString("base64url"));
    await eventually(async () => {
      expect((await db.query("SELECT 1 FROM revocations WHERE hash = $1", [hash])).rowCount).toBe(0);
    });
  });
});

test("a list of 20,000 can be read in one piece, and from 18,000 on only what must be is added", async () => {
  const own = await createTestDatabase();
  const fill = (count: number) =>
    `INSERT INTO revocations (hash, expires_at)
     SELECT sha256(number::text::bytea), now() + interval '5 minutes' FROM generate_series(1, ${count}) AS number`;
  const filled = await startIdentity(testEnvironment(own.url));
  const filler = new pg.Client({ connectionString: own.url });
  await filler.connect();
  try {
    const first = await logIn(filled, "alice");
    const second = await readBody<Tokens>(
      await filled.token({ grant_type: "refresh_token", refresh_token: first.refresh_token }),
    );
    await filler.query(fill(18_000));
    await eventually(async () => expect(await revoked(filled)).toHaveLength(18_000), { timeoutMs: 20_000 });
    const refused = await filled.post("/oauth2/revoke", { token: first.access_token });
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("30");
    expect(await readBody(refused)).toMatchObject({ error: "temporarily_unavailable" });

    // Who logs out is asked to come again for the list, and cannot be prolonged in any case.
    const leaving = await logIn(filled, "bob");
    const leave = () => filled.post("/oauth2/revoke", { token: leaving.refresh_token });
    expect((await leave()).status).toBe(503);
    const prolonged = await filled.token({ grant_type: "refresh_token", refresh_token: leaving.refresh_token });
    expect(prolonged.status).toBe(400);
    expect(await revoked(filled)).toHaveLength(18_000);
    expect((await filled.post("/oauth2/revoke", { token: "never-given-out" })).status).toBe(200);

    // A stolen login is listed all the same.
    await filled.token({ grant_type: "refresh_token", refresh_token: first.refresh_token });
    expect(await revoked(filled)).toContain(sha256(`sid:${claimsOf(second.access_token).sid}`));

    await filler.query(`${fill(19_999)} ON CONFLICT DO NOTHING`);
    await eventually(async () => expect(await revoked(filled)).toHaveLength(20_000), { timeoutMs: 20_000 });
    const whole = await (await fetch(`${filled.url}/revocations`)).text();
    expect(whole.length).toBeLessThan(1_000_000);

    // Beyond that a stolen login only ends.
    const third = await logIn(filled, "alice");
    const use = () => filled.token({ grant_type: "refresh_token", refresh_token: third.refresh_token });
    const { refresh_token } = await readBody<Tokens>(await use());
    expect((await use()).status).toBe(400);
    expect((await filled.token({ grant_type: "refresh_token", refresh_token })).status).toBe(400);
    expect(await revoked(filled)).toHaveLength(20_000);
    expect(filled.logged()).toContain("too much is revoked");
  } finally {
    await filler.end();
    await filled.close();
    await own.drop();
  }
});

/** Another process on the same database. */
async function restarted(): Promise<TestIdentity> {
  await other.close();
  other = await startIdentity(testEnvironment(database.url));
  return other;
}

describe("POST /oauth2/introspect", () => {
  it("tells a client what a good token says", async () => {
    const { access_token } = await logIn(identity, "alice");
    const response = await identity.post("/oauth2/introspect", { token: access_token }, right);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await readBody(response)).toEqual({ active: true, token_type: "Bearer", ...claimsOf(access_token) });
  });

  it.each([
    ["a refresh token", async () => (await logIn(identity, "alice")).refresh_token],
    ["what is no token", async () => "x"],
    [
      "a token that was tampered with",
      async () => `${(await logIn(identity, "alice")).access_token.slice(0, -6)}AAAAAA`,
    ],
  ])("tells of %s only that it is not active", async (_case, token) => {
    expect(await introspect(await token())).toEqual({ active: false });
  });

  it.each([
    ["nobody", {}, {}],
    ["the public client", { client_id: "shop" }, {}],
    ["a wrong secret", {}, basic(testClient.id, "wrong")],
    ["a bearer token", {}, bearer("x")],
  ])("refuses %s", async (_case, fields, headers) => {
    const response = await identity.post(
      "/oauth2/introspect",
      { token: "x", ...fields },
      headers as Record<string, string>,
    );
    expect(response.status).toBe(401);
    expect((await readBody<{ error: string }>(response)).error).toBe("invalid_client");
  });

  it("wants a token", async () => {
    const response = await identity.post("/oauth2/introspect", {}, right);
    expect(response.status).toBe(400);
    expect((await readBody<{ error: string }>(response)).error).toBe("invalid_request");
  });
});
