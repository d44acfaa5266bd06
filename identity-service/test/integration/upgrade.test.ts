import { createHash } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { silentLog } from "@shop/platform/logging";
import { migrate } from "@shop/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { aliceId } from "@shop/testkit/identity";
import jwt from "jsonwebtoken";
import pg from "pg";
import { lockPrivateKey } from "../../src/domain/key-vault.ts";
import { newSigningKey } from "../../src/domain/signing-key.ts";
import { bearer, issuer, readBody, serviceToken, startIdentity, testEnvironment } from "../_identity.ts";

const migrations = path.join(import.meta.dirname, "..", "..", "src", "store", "migrations");
const firstMigration = "1763700000000_identity.sql";

let database: TestDatabase;
let db: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  db = new pg.Client({ connectionString: database.url });
  await db.connect();
});
afterAll(async () => {
  await db?.end();
  await database?.drop();
});

/** The database as it was before keys had times, with a key that has been signing for a while and one from before it. */
async function oldDatabase() {
  const directory = await mkdtemp(path.join(tmpdir(), "migrations-"));
  try {
    await copyFile(path.join(migrations, firstMigration), path.join(directory, firstMigration));
    await migrate({ url: database.url, directory, log: silentLog() });
  } finally {
    await rm(directory, { recursive: true });
  }
  const [previous, current] = [await newSigningKey("ES256"), await newSigningKey("ES256")];
  for (const [key, status, age] of [
    [previous, "previous", "400 seconds"],
    [current, "current", "300 seconds"],
  ] as const) {
    const stored = await lockPrivateKey(key.kid, key.signWith, testEnvironment("").KEY_ENCRYPTION_SECRET);
    await db.query(
      "INSERT INTO signing_keys (kid, status, private_key, created_at) VALUES ($1, $2, $3, now() - $4::interval)",
      [key.kid, status, stored, age],
    );
  }
  return { previous, current };
}

async function oldLogin(refreshToken: string) {
  await db.query(
    `INSERT INTO users (id, username, password_hash, role, name, email) VALUES ($1, 'alice', '', 'Admin', 'A', 'a@example.com')`,
    [aliceId],
  );
  await db.query(
    `WITH family AS (INSERT INTO refresh_families (id, user_id, client_id, scope, expires_at)
                     VALUES (gen_random_uuid(), $1, 'shop', '{orders}', now() + interval '1 day') RETURNING id)
     INSERT INTO refresh_tokens (token_sha256, family_id) SELECT $2, id FROM family`,
    [aliceId, createHash("sha256").update(refreshToken).digest()],
  );
}

it("keeps keys, logins and tokens from before keys could be rotated", async () => {
  const { previous, current } = await oldDatabase();
  await oldLogin("an-old-refresh-token");
  const identity = await startIdentity(testEnvironment(database.url, { APP_MODE: "development" }));
  try {
    const iat = Math.floor(Date.now() / 1000) - 250;
    for (const { kid, signWith } of [previous, current]) {
      const claims = { iss: issuer, aud: "shop-api", sub: aliceId, client_id: "shop", scope: "orders", role: "Admin" };
      const token = jwt.sign({ ...claims, jti: kid, iat, exp: iat + 600 }, signWith, {
        algorithm: "ES256",
        header: { alg: "ES256", typ: "at+jwt", kid },
      });
      expect((await fetch(`${identity.url}/keys`, { headers: bearer(token) })).status).toBe(200);
    }
    const header = (await serviceToken(identity, "profiles")).split(".")[0] ?? "";
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ kid: current.kid });
    const refreshed = await identity.token({ grant_type: "refresh_token", refresh_token: "an-old-refresh-token" });
    expect(refreshed.status).toBe(200);
    const { access_token } = await readBody<{ access_token: string }>(refreshed);
    expect((await fetch(`${identity.url}/keys`, { headers: bearer(access_token) })).status).toBe(200);
  } finally {
    await identity.close();
  }
});
