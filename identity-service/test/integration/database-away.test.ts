import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { type DatabaseProxy, startDatabaseProxy } from "../_database-proxy.ts";
import {
  basic,
  bearer,
  logIn,
  readBody,
  startIdentity,
  type TestIdentity,
  testClient,
  testEnvironment,
} from "../_identity.ts";

const documents = ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/revocations"];

let database: TestDatabase;
let proxy: DatabaseProxy;
let identity: TestIdentity;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  identity = await startIdentity(testEnvironment(proxy.url));
});
afterAll(async () => {
  await identity?.close();
  await proxy?.close();
  await database?.drop();
});

const readAll = () => Promise.all(documents.map(async (path) => (await fetch(identity.url + path)).text()));

test("while the database is away what verifiers read is answered as it was, tokens are refused as unavailable, and nothing is used up", async () => {
  const { access_token, refresh_token } = await logIn(identity, "admin");
  await identity.post("/oauth2/revoke", { token: (await logIn(identity, "alice")).access_token });
  const before = await readAll();
  const right = basic(testClient.id, testClient.secret);
  const refresh = () => identity.token({ grant_type: "refresh_token", refresh_token });
  proxy.shut();
  try {
    const startedAt = performance.now();
    expect(await readAll()).toEqual(before);
    expect((await fetch(`${identity.url}/keys`, { headers: bearer(access_token) })).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(2_000);

    const refused = [
      await identity.token({ grant_type: "client_credentials" }, right),
      await refresh(),
      await identity.post("/oauth2/revoke", { token: access_token }),
      await identity.post("/oauth2/introspect", { token: access_token }, right),
    ];
    for (const response of refused) {
      expect(response.status).toBe(503);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await readBody(response)).toEqual({
        error: "temporarily_unavailable",
        error_description: expect.stringMatching(/^[A-Z][^\n]+\.$/),
      });
    }
    const rotation = await fetch(`${identity.url}/keys/rotate`, { method: "POST", headers: bearer(access_token) });
    expect(rotation.status).toBe(503);
    expect((await fetch(`${identity.opsUrl}/health/ready`)).status).toBe(503);
  } finally {
    proxy.open();
  }

  const isReady = async () => (await fetch(`${identity.opsUrl}/health/ready`)).ok;
  await eventually(isReady, { timeoutMs: 30_000 });
  expect((await refresh()).status).toBe(200);
  expect((await identity.token({ grant_type: "client_credentials" }, right)).status).toBe(200);
  expect(identity.logged().match(/signing keys cannot be read/g)?.length).toBe(1);
});
