import { createTokenVerifier } from "@shop/platform/auth";
import { silentLog } from "@shop/platform/logging";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import pg from "pg";
import {
  issuer,
  readBody,
  serviceToken,
  startFreshIdentity,
  startIdentity,
  type TestIdentity,
  testEnvironment,
} from "../_identity.ts";

interface Jwks {
  keys: { kid: string }[];
}

const readJwks = async (identity: TestIdentity) => readBody<Jwks>(await fetch(`${identity.url}/.well-known/jwks.json`));

describe("the published keys", () => {
  let identity: TestIdentity;

  beforeAll(async () => {
    identity = await startFreshIdentity();
  });
  afterAll(() => identity?.close());

  it("are one public ES256 key, to be kept for a few seconds", async () => {
    const response = await fetch(`${identity.url}/.well-known/jwks.json`);

    expect(response.headers.get("content-type")).toMatch(/^application\/jwk-set\+json/);
    expect(response.headers.get("cache-control")).toBe("public, max-age=2, must-revalidate");
    expect(await readBody(response)).toEqual({
      keys: [
        {
          kid: expect.stringMatching(/^[\w-]{43}$/),
          kty: "EC",
          crv: "P-256",
          x: expect.stringMatching(/^[\w-]{43}$/),
          y: expect.stringMatching(/^[\w-]{43}$/),
          alg: "ES256",
          use: "sig",
        },
      ],
    });
  });

  it("are not sent again to one who has them", async () => {
    const etag = (await fetch(`${identity.url}/.well-known/jwks.json`)).headers.get("etag") ?? "";
    const again = await fetch(`${identity.url}/.well-known/jwks.json`, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect(again.headers.get("etag")).toBe(etag);
  });

  it("verify users' and services' tokens at any other service", async () => {
    const verifier = createTokenVerifier({ url: identity.url, issuer, audience: "order-service", log: silentLog() });
    await verifier.start();
    try {
      const login = await identity.login({ username: "oscar", password: "demo-password" });
      const user = verifier.verify((await readBody<{ access_token: string }>(login)).access_token);
      expect(user).toEqual({ kind: "user", userId: "01900000-0000-7000-8000-00000005ca40", role: "operator" });

      const service = verifier.verify(await serviceToken(identity, "inventory profiles"));
      expect(service).toEqual({
        kind: "service",
        clientId: "order-service",
        scopes: new Set(["inventory", "profiles"]),
      });
    } finally {
      await verifier.close();
    }
  });

  it("are found through the metadata of RFC 8414", async () => {
    const response = await fetch(`${identity.url}/.well-known/oauth-authorization-server`);
    expect(await readBody(response)).toEqual({
      issuer,
      token_endpoint: `${identity.url}/oauth2/token`,
      revocation_endpoint: `${identity.url}/oauth2/revoke`,
      introspection_endpoint: `${identity.url}/oauth2/introspect`,
      jwks_uri: `${identity.url}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: ["client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
      revocation_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
      introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    });
  });
});

describe("the stored signing key", () => {
  let database: TestDatabase;
  const services: TestIdentity[] = [];

  const start = async (changes: Record<string, string> = {}) => {
    const identity = await startIdentity(testEnvironment(database.url, changes));
    services.push(identity);
    return identity;
  };

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.close()));
    await database.drop();
  });

  it("is one for all processes that start at once", async () => {
    const identities = await Promise.all([start(), start(), start()]);

    const published = await Promise.all(identities.map(readJwks));
    expect(published[0]?.keys).toHaveLength(1);
    expect(published[1]).toEqual(published[0]);
    expect(published[2]).toEqual(published[0]);
    const ready = await Promise.all(identities.map(({ opsUrl }) => fetch(`${opsUrl}/health/ready`)));
    expect(ready.map((response) => response.status)).toEqual([200, 200, 200]);
  });

  it("is the same after a restart, and so are the users", async () => {
    const first = await start();
    const before = await readJwks(first);
    const second = await start({ DEMO_PASSWORD: "another" });

    expect(await readJwks(second)).toEqual(before);
    expect(await serviceToken(second, "payments")).toEqual(expect.any(String));
    expect((await second.login({ username: "alice", password: "another" })).status).toBe(200);
    expect((await second.login({ username: "alice", password: "demo-password" })).status).toBe(401);
  });

  it("is encrypted where there is a secret, and of no use with another or none", async () => {
    await start();
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    try {
      const { rows } = await db.query("SELECT private_key FROM signing_keys");
      expect(rows[0].private_key).toMatchObject({ form: "aes-256-gcm", ciphertext: expect.any(String) });
    } finally {
      await db.end();
    }

    await expect(start({ KEY_ENCRYPTION_SECRET: "" })).rejects.toThrow("KEY_ENCRYPTION_SECRET is not set");
    await expect(start({ KEY_ENCRYPTION_SECRET: "another-secret-that-is-long-enough" })).rejects.toThrow(
      "KEY_ENCRYPTION_SECRET is not the one it was encrypted with",
    );
  });

  it("gets no company from a start with another secret, which none of the others could read", async () => {
    const identity = await start();
    const before = await readJwks(identity);
    const changes = { KEY_ENCRYPTION_SECRET: "another-secret-that-is-long-enough", JWT_ALG: "RS256" };
    await expect(start(changes)).rejects.toThrow("KEY_ENCRYPTION_SECRET is not the one it was encrypted with");

    const restarted = await start();
    expect(await readJwks(restarted)).toEqual(before);
    expect((await fetch(`${identity.opsUrl}/health/ready`)).status).toBe(200);
  });

  it("goes on signing where the database's clock is turned back to before it was made", async () => {
    const identity = await start();
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    try {
      await db.query("UPDATE signing_keys SET activates_at = now() + interval '1 hour'");
    } finally {
      await db.end();
    }
    expect((await fetch(`${identity.opsUrl}/health/ready`)).status).toBe(200);
    expect(await serviceToken(identity, "payments")).toEqual(expect.any(String));
  });

  it("is refused where it stands under another one's id", async () => {
    await start({ KEY_ENCRYPTION_SECRET: "" });
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    try {
      await db.query("UPDATE signing_keys SET kid = 'another'");
    } finally {
      await db.end();
    }
    await expect(start({ KEY_ENCRYPTION_SECRET: "" })).rejects.toThrow("stored as another is another one");
  });

  it("does without a secret outside production", async () => {
    const identity = await start({ KEY_ENCRYPTION_SECRET: "" });
    expect((await readJwks(identity)).keys).toHaveLength(1);
  });

  it("makes the service unready when it is no longer the database's", async () => {
    const identity = await start();
    const db = new pg.Client({ connectionString: database.url });
    await db.connect();
    try {
      await db.query("DELETE FROM signing_keys");
    } finally {
      await db.end();
    }
    const response = await fetch(`${identity.opsUrl}/health/ready`);
    expect(response.status).toBe(503);
    expect(await readBody(response)).toMatchObject({ checks: { signingKey: { status: "failed" } } });
  });

  it("goes with no demo users in production, not even ones left behind", async () => {
    await start();
    await expect(start({ APP_MODE: "production", ARGON2_MEMORY_KIB: "19456", ARGON2_ITERATIONS: "2" })).rejects.toThrow(
      "demo users (admin, alice, bob, oscar)",
    );
  });
});
