import { silentLog } from "@shop/platform/logging";
import { createPool } from "@shop/platform/postgres";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import pg from "pg";
import { lockPrivateKey } from "../../src/domain/key-vault.ts";
import { newSigningKey } from "../../src/domain/signing-key.ts";
import { ensureSigningKey } from "../../src/store/key-ring.ts";
import { insertSigningKey, lockSigningKeys } from "../../src/store/signing-keys.ts";
import {
  bearer,
  claimsOf,
  logIn,
  readBody,
  serviceToken,
  startFreshIdentity,
  startIdentity,
  type TestIdentity,
  testEnvironment,
} from "../_identity.ts";

interface Key {
  kid: string;
  alg: string;
  status: string;
  createdAt: string;
  activatesAt: string;
  retiresAt?: string;
}

/** A reading is due ten times a second here. */
const followLimit = { timeoutMs: 20_000 };

let database: TestDatabase;
let db: pg.Client;
let pool: pg.Pool;
let one: TestIdentity;
let other: TestIdentity;
const started: (() => Promise<void>)[] = [];

/** A further process on the same database. */
const start = async (changes: Record<string, string> = {}) => {
  const identity = await startIdentity(testEnvironment(database.url, changes));
  started.push(identity.close);
  return identity;
};
/** A process on a database of its own. */
const startAlone = async (changes: Record<string, string> = {}) => {
  const identity = await startFreshIdentity(changes);
  started.push(identity.close);
  return identity;
};
const send = async (identity: TestIdentity, method: string, path: string, user = "admin") => {
  const { access_token } = await logIn(identity, user);
  return fetch(`${identity.url}${path}`, { method, headers: bearer(access_token) });
};
const rotate = async (identity: TestIdentity) => readBody<Key>(await send(identity, "POST", "/keys/rotate"));
const listKeys = async (identity: TestIdentity) =>
  (await readBody<{ keys: Key[] }>(await send(identity, "GET", "/keys"))).keys;
const statuses = async (identity: TestIdentity) => (await listKeys(identity)).map(({ status }) => status);
const published = async (identity: TestIdentity) => {
  const response = await fetch(`${identity.url}/.well-known/jwks.json`);
  return (await readBody<{ keys: { kid: string }[] }>(response)).keys.map(({ kid }) => kid);
};
const signer = async (identity: TestIdentity) => headerOf(await serviceToken(identity, "payments")).kid;
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
/** Lets time pass for the keys, as the database sees it. */
const age = (seconds: number) =>
  db.query("UPDATE signing_keys SET activates_at = activates_at - $1 * interval '1 second'", [seconds]);

beforeAll(async () => {
  database = await createTestDatabase();
  db = new pg.Client({ connectionString: database.url });
  await db.connect();
  pool = createPool({ url: database.url, applicationName: "test", log: silentLog() });
  [one, other] = await Promise.all([
    startIdentity(testEnvironment(database.url)),
    startIdentity(testEnvironment(database.url)),
  ]);
});
afterEach(() => Promise.all(started.splice(0).map((close) => close())));
afterAll(async () => {
  await one?.close();
  await other?.close();
  await pool?.end();
  await db?.end();
  await database?.drop();
});

/** One key, as after the first start, which both processes have read. */
beforeEach(async () => {
  await db.query("DELETE FROM signing_keys");
  const { KEY_ENCRYPTION_SECRET: secret } = testEnvironment(database.url);
  await ensureSigningKey(pool, { alg: "ES256", secret, activationDelaySeconds: 15 });
  const { rows } = await db.query<{ kid: string }>("SELECT kid FROM signing_keys");
  for (const identity of [one, other]) {
    await eventually(async () => expect(await published(identity)).toEqual([rows[0]?.kid]), followLimit);
  }
});

describe("a rotation", () => {
  it("publishes a key ahead, lets it sign when its time has come, and keeps the old one until its tokens have expired", async () => {
    const identity = one;
    const [first] = await listKeys(identity);
    const firstToken = (await logIn(identity, "admin")).access_token;

    const answer = await send(identity, "POST", "/keys/rotate");
    const second = await readBody<Key>(answer);
    expect(answer.status).toBe(202);
    expect(second).toEqual({
      kid: expect.any(String),
      alg: "ES256",
      status: "next",
      createdAt: expect.any(String),
      activatesAt: expect.any(String),
    });
    expect(Date.parse(second.activatesAt) - Date.parse(second.createdAt)).toBeCloseTo(15_000, -2);
    expect(await published(identity)).toEqual([second.kid, first?.kid]);
    expect(await signer(identity)).toBe(first?.kid);

    await age(16);
    await eventually(async () => expect(await signer(identity)).toBe(second.kid), followLimit);
    const [current, previous] = await listKeys(identity);
    expect(current).toMatchObject({ kid: second.kid, status: "current" });
    expect(previous).toMatchObject({ kid: first?.kid, status: "previous" });
    expect(Date.parse(previous?.retiresAt ?? "") - Date.parse(current?.activatesAt ?? "")).toBe(660_000);
    expect((await fetch(`${identity.url}/keys`, { headers: bearer(firstToken) })).status).toBe(200);

    await age(661);
    const later = await start();
    await eventually(async () => expect(await published(identity)).toEqual([second.kid]), followLimit);
    await eventually(async () => expect(await published(later)).toEqual([second.kid]), followLimit);
    expect((await fetch(`${identity.url}/keys`, { headers: bearer(firstToken) })).status).toBe(401);
  });

  it("is one for all who ask for it at once, at whichever process, and until its time has come", async () => {
    const rotated = await Promise.all([rotate(one), rotate(other), rotate(one), rotate(other)]);

    expect(new Set(rotated.map(({ kid }) => kid)).size).toBe(1);
    expect((await rotate(one)).kid).toBe(rotated[0]?.kid);
    expect(await statuses(other)).toEqual(["next", "current"]);
  });

  it("waits for one that is under way, and is that one", async () => {
    const { access_token } = await logIn(one, "admin");
    const { kid, alg, signWith } = await newSigningKey("ES256");
    const stored = await lockPrivateKey(kid, signWith, undefined);
    await db.query("BEGIN");
    try {
      await lockSigningKeys(db);
      await insertSigningKey(db, { kid, alg, privateKey: stored, delaySeconds: 15 });
      const answer = fetch(`${one.url}/keys/rotate`, { method: "POST", headers: bearer(access_token) });
      const isWaiting = "SELECT 1 FROM pg_locks WHERE relation = 'signing_keys'::regclass AND NOT granted";
      await eventually(async () => (await db.query(isWaiting)).rowCount === 1, followLimit);
      await db.query("COMMIT");
      expect((await readBody<Key>(await answer)).kid).toBe(kid);
    } finally {
      await db.query("ROLLBACK");
    }
    expect(await statuses(one)).toEqual(["next", "current"]);
  });

  it("is followed by other processes within two seconds", async () => {
    const { kid } = await rotate(one);
    await eventually(async () => expect(await published(other)).toContain(kid), followLimit);

    await age(16);
    await eventually(async () => expect(await signer(other)).toBe(kid), followLimit);
  });

  it("is done by a start with another algorithm, as smoothly", async () => {
    const [first] = await listKeys(one);
    const identity = await start({ JWT_ALG: "RS256" });
    const [next, current] = await listKeys(identity);
    expect(next).toMatchObject({ alg: "RS256", status: "next" });
    expect(current).toMatchObject({ kid: first?.kid, alg: "ES256", status: "current" });

    await age(16);
    await eventually(async () => expect(await signer(identity)).toBe(next?.kid), followLimit);
    const token = await serviceToken(identity, "profiles");
    expect(headerOf(token)).toEqual({ alg: "RS256", kid: next?.kid, typ: "at+jwt" });
    const profile = `${identity.url}/internal/profiles/01900000-0000-7000-8000-00000000a11c`;
    expect((await fetch(profile, { headers: bearer(token) })).status).toBe(200);
    expect(await published(identity)).toEqual([next?.kid, first?.kid]);
  });
});

it("lets several wait in their order: one of another algorithm is further, and the first follows a key that is removed", async () => {
  const current = await signer(one);
  const first = await rotate(one);
  await start({ JWT_ALG: "RS256" });
  const third = await rotate(one);
  expect(third.alg).toBe("ES256");
  expect((await listKeys(one)).map(({ alg, status }) => `${alg} ${status}`)).toEqual([
    "ES256 next",
    "RS256 next",
    "ES256 next",
    "ES256 current",
  ]);

  expect((await send(one, "DELETE", `/keys/${current}`)).status).toBe(204);
  expect(await signer(one)).toBe(first.kid);
  expect(await statuses(one)).toEqual(["next", "next", "current"]);
});

describe("the first start", () => {
  it("with RS256 signs at once with a key of 2048 bits", async () => {
    const identity = await startAlone({ JWT_ALG: "RS256" });
    const { keys } = await readBody<{ keys: Record<string, string>[] }>(
      await fetch(`${identity.url}/.well-known/jwks.json`),
    );
    expect(keys).toEqual([
      { kid: expect.any(String), kty: "RSA", n: expect.any(String), e: "AQAB", alg: "RS256", use: "sig" },
    ]);
    expect(Buffer.from(keys[0]?.n ?? "", "base64url")).toHaveLength(256);
    expect(await signer(identity)).toBe(keys[0]?.kid);
  });

  it("with HS256 signs with the shared secret, publishes nothing and has nothing to rotate", async () => {
    const identity = await startAlone({ JWT_ALG: "HS256", JWT_SECRET: "a-secret-that-all-services-share-here" });
    expect(await published(identity)).toEqual([]);
    expect(headerOf(await serviceToken(identity, "payments"))).toMatchObject({ alg: "HS256", typ: "at+jwt" });
    expect(await listKeys(identity)).toEqual([]);
    const refused = await send(identity, "POST", "/keys/rotate");
    expect(refused.status).toBe(409);
    expect(await readBody(refused)).toMatchObject({ code: "FAILED_PRECONDITION" });
    expect((await send(identity, "DELETE", "/keys/x")).status).toBe(409);
    expect((await fetch(`${identity.opsUrl}/health/ready`)).status).toBe(200);
  });
});

describe("removing a key", () => {
  it("ends what it has signed, and lets a fresh one sign at once when it was the current one", async () => {
    const { access_token } = await logIn(one, "admin");
    const { kid } = headerOf(access_token);
    expect((await send(one, "DELETE", `/keys/${kid}`)).status).toBe(204);

    expect((await fetch(`${one.url}/keys`, { headers: bearer(access_token) })).status).toBe(401);
    const fresh = await signer(one);
    expect(fresh).not.toBe(kid);
    expect(await published(one)).toEqual([fresh]);
    await eventually(async () => expect(await published(other)).toEqual([fresh]), followLimit);
    expect(await signer(other)).toBe(fresh);
    expect((await fetch(`${other.opsUrl}/health/ready`)).status).toBe(200);
  });

  it("lets the next one sign at once where there is one", async () => {
    const identity = one;
    const current = await signer(identity);
    const next = await rotate(identity);
    expect((await send(identity, "DELETE", `/keys/${current}`)).status).toBe(204);
    expect(await signer(identity)).toBe(next.kid);
    expect(await listKeys(identity)).toEqual([expect.objectContaining({ kid: next.kid, status: "current" })]);
  });

  it("takes a next or a previous one away and changes nothing else", async () => {
    const identity = one;
    const first = await signer(identity);
    const second = await rotate(identity);
    expect((await send(identity, "DELETE", `/keys/${second.kid}`)).status).toBe(204);
    expect(await statuses(identity)).toEqual(["current"]);

    const third = await rotate(identity);
    await age(16);
    await eventually(async () => expect(await signer(identity)).toBe(third.kid), followLimit);
    expect((await send(identity, "DELETE", `/keys/${first}`)).status).toBe(204);
    expect(await listKeys(identity)).toEqual([expect.objectContaining({ kid: third.kid, status: "current" })]);
  });

  it("refuses what is no key", async () => {
    const identity = one;
    const { access_token } = await logIn(identity, "admin");
    for (const kid of ["unknown", "..%2F..%2Fetc%2Fpasswd", "x'%20OR%20'1'='1", "%00"]) {
      const headers = bearer(access_token);
      const refused = await fetch(`${identity.url}/keys/${kid}`, { method: "DELETE", headers });
      expect([kid, refused.status]).toEqual([kid, 404]);
    }
    expect(await statuses(identity)).toEqual(["current"]);
  });
});

describe("the routes of the keys", () => {
  it("are for Admins only", async () => {
    const identity = one;
    const users = await Promise.all(["alice", "oscar"].map((user) => logIn(identity, user)));
    const tokens = ["x.y.z", ...users.map((user) => user.access_token), await serviceToken(identity, "")];
    for (const [method, path] of [
      ["GET", "/keys"],
      ["POST", "/keys/rotate"],
      ["DELETE", "/keys/x"],
    ] as const) {
      const ask = async (headers: Record<string, string>) =>
        (await fetch(`${identity.url}${path}`, { method, headers })).status;
      const answers = [await ask({}), ...(await Promise.all(tokens.map((token) => ask(bearer(token)))))];
      expect([method, path, ...answers]).toEqual([method, path, 401, 401, 403, 403, 403]);
    }
    expect(await statuses(identity)).toEqual(["current"]);
  });

  it("tell nothing of the private halves", async () => {
    const { kid, signWith } = await newSigningKey("ES256");
    const plain = await lockPrivateKey(kid, signWith, undefined);
    await db.query("UPDATE signing_keys SET kid = $1, private_key = $2", [kid, plain]);
    const identity = one;
    await eventually(async () => expect(await signer(identity)).toBe(kid), followLimit);
    const { rows } = await db.query("SELECT private_key->>'pkcs8' AS pkcs8 FROM signing_keys");
    const answer = await (await send(identity, "GET", "/keys")).text();
    expect(Object.keys(JSON.parse(answer).keys[0])).toEqual(["kid", "alg", "status", "createdAt", "activatesAt"]);
    expect(answer + identity.logged()).not.toContain(rows[0].pkcs8);
  });
});

test("a token says which login it comes from", async () => {
  const identity = one;
  const first = await logIn(identity, "alice");
  const { access_token } = await readBody<{ access_token: string }>(
    await identity.token({ grant_type: "refresh_token", refresh_token: first.refresh_token }),
  );
  const { sid } = claimsOf(first.access_token);
  expect(sid).toMatch(/^[0-9a-f-]{36}$/);
  expect(claimsOf(access_token).sid).toBe(sid);
  expect(claimsOf((await logIn(identity, "alice")).access_token).sid).not.toBe(sid);
  expect(claimsOf(await serviceToken(identity, ""))).not.toHaveProperty("sid");
});
