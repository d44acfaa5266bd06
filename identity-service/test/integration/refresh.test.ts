import { createHash } from "node:crypto";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { basic, readBody, startIdentity, type TestIdentity, testClient, testEnvironment } from "../_identity.ts";

interface Tokens {
  access_token: string;
  refresh_token: string;
  scope: string;
}

describe("POST /oauth2/token with a refresh token", () => {
  let database: TestDatabase;
  let identity: TestIdentity;
  let db: pg.Client;
  let readClock = Date.now;

  beforeAll(async () => {
    database = await createTestDatabase();
    identity = await startIdentity(testEnvironment(database.url), { nowMs: () => readClock() });
    db = new pg.Client({ connectionString: database.url });
    await db.connect();
  });
  afterAll(async () => {
    await db?.end();
    await identity?.close();
    await database?.drop();
  });

  const logIn = async (username = "bob") =>
    readBody<Tokens>(await identity.login({ username, password: "demo-password" }));
  const refresh = (refresh_token: string, more: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    identity.token({ grant_type: "refresh_token", refresh_token, ...more }, headers);
  const expectInvalidGrant = async (response: Response) => {
    expect(response.status).toBe(400);
    expect(await readBody(response)).toEqual({ error: "invalid_grant", error_description: expect.any(String) });
  };

  it("gives new tokens, each refresh token another", async () => {
    const first = await logIn();
    const second = await readBody<Tokens>(await refresh(first.refresh_token));
    const third = await readBody<Tokens>(await refresh(second.refresh_token, { client_id: "shop" }));

    expect(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size).toBe(3);
    expect(new Set([first, second, third].map((tokens) => tokens.access_token)).size).toBe(3);
    const claims = JSON.parse(Buffer.from(third.access_token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ aud: "shop-api", sub: "01900000-0000-7000-8000-000000000b0b", role: "customer" });
  });

  it("ends the whole family when a used token comes back, and no other", async () => {
    const first = await logIn();
    const other = await logIn();
    const second = await readBody<Tokens>(await refresh(first.refresh_token));

    await expectInvalidGrant(await refresh(first.refresh_token));
    await expectInvalidGrant(await refresh(second.refresh_token));
    expect((await refresh(other.refresh_token)).status).toBe(200);
    expect(identity.logged()).toContain("refresh token used twice");
  });

  it("gives one of many that come at once the successor, and then ends the family", async () => {
    const { refresh_token } = await logIn();
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(refresh_token)));

    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
    const winner = await readBody<Tokens>(answers.find((answer) => answer.status === 200) as Response);
    await expectInvalidGrant(await refresh(winner.refresh_token));
  });

  it("uses no refresh token up where the access token cannot be signed", async () => {
    const { refresh_token } = await logIn();
    readClock = () => {
      throw new Error("no time");
    };
    try {
      expect((await refresh(refresh_token)).status).toBe(500);
    } finally {
      readClock = Date.now;
    }
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it("refuses a token that was never given out", async () => {
    await expectInvalidGrant(await refresh("never-given-out"));
  });

  it("refuses an access token in its place", async () => {
    await expectInvalidGrant(await refresh((await logIn()).access_token));
  });

  it("wants a refresh token", async () => {
    const response = await identity.token({ grant_type: "refresh_token" });
    expect((await readBody<{ error: string }>(response)).error).toBe("invalid_request");
  });

  it("refuses another client without ending the family", async () => {
    const { refresh_token } = await logIn();
    await expectInvalidGrant(await refresh(refresh_token, {}, basic(testClient.id, testClient.secret)));
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it.each([
    ["a wrong secret", {}, basic(testClient.id, "wrong")],
    ["its name only", { client_id: testClient.id }, {}],
    ["a name that nobody has", { client_id: "other" }, {}],
  ])("refuses a client that proves itself by %s, without ending the family", async (_case, fields, headers) => {
    const { refresh_token } = await logIn();
    const refused = await refresh(refresh_token, fields as Record<string, string>, headers as Record<string, string>);
    expect(refused.status).toBe(401);
    expect((await readBody<{ error: string }>(refused)).error).toBe("invalid_client");
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it("refuses a wider scope and keeps the token good", async () => {
    const { refresh_token } = await logIn();
    const refused = await refresh(refresh_token, { scope: "orders admin" });
    expect((await readBody<{ error: string }>(refused)).error).toBe("invalid_scope");
    expect((await refresh(refresh_token, { scope: "orders" })).status).toBe(200);
  });

  it("refuses a login that has expired", async () => {
    const { refresh_token } = await logIn("oscar");
    await db.query(
      "UPDATE refresh_families SET expires_at = now() FROM users WHERE users.id = user_id AND username = 'oscar'",
    );
    await expectInvalidGrant(await refresh(refresh_token));
  });

  it("deletes expired logins at the next start, and only those", async () => {
    const expired = await logIn("oscar");
    const good = await logIn("oscar");
    const ended = createHash("sha256").update(expired.refresh_token).digest();
    await db.query(
      `UPDATE refresh_families SET expires_at = now() - interval '1 second'
        WHERE id = (SELECT family_id FROM refresh_tokens WHERE token_sha256 = $1)`,
      [ended],
    );

    const second = await startIdentity(testEnvironment(database.url));
    try {
      await eventually(() => second.logged().includes("expired logins deleted"));
    } finally {
      await second.close();
    }
    expect((await db.query("SELECT 1 FROM refresh_tokens WHERE token_sha256 = $1", [ended])).rowCount).toBe(0);
    expect((await refresh(good.refresh_token)).status).toBe(200);
  });

  it("gives the role that the user has now, and nothing to one who is gone", async () => {
    const first = await logIn("admin");
    await db.query("UPDATE users SET role = 'customer' WHERE username = 'admin'");
    const second = await readBody<Tokens>(await refresh(first.refresh_token));
    const claims = JSON.parse(Buffer.from(second.access_token.split(".")[1] ?? "", "base64url").toString());
    expect(claims.role).toBe("customer");

    await db.query("DELETE FROM users WHERE username = 'admin'");
    await expectInvalidGrant(await refresh(second.refresh_token));
  });

  it("keeps no refresh token in the database", async () => {
    const { refresh_token } = await logIn();
    const { rows } = await db.query("SELECT to_jsonb(refresh_tokens)::text AS row FROM refresh_tokens");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(refresh_token);
  });
});
