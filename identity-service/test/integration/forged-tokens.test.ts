import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { type ForgedToken, forgedTokens } from "@shop/testkit/forged-tokens";
import { compact, signerOf } from "@shop/testkit/forgeries/forge";
import pg from "pg";
import { type StoredPrivateKey, unlockPrivateKey } from "../../src/domain/key-vault.ts";
import {
  basic,
  bearer,
  logIn,
  readBody,
  serviceToken,
  startIdentity,
  type TestIdentity,
  testClient,
  testEnvironment,
} from "../_identity.ts";

const right = basic(testClient.id, testClient.secret);
const grant_type = "urn:ietf:params:oauth:grant-type:token-exchange";
const subject_token_type = "urn:ietf:params:oauth:token-type:access_token";
const profile = "/internal/profiles/01900000-0000-7000-8000-00000000a11c";

let database: TestDatabase;
let identity: TestIdentity;

beforeAll(async () => {
  database = await createTestDatabase();
  identity = await startIdentity(testEnvironment(database.url));
});
afterAll(async () => {
  await identity?.close();
  await database?.drop();
});

/** Everything that must be refused in the place of this token, also what only the issuer could have signed. */
async function forgeriesOf(token: string): Promise<ForgedToken[]> {
  const { alg, kid } = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
  const { keys } = await readBody<{ keys: { kid: string }[] }>(await fetch(`${identity.url}/.well-known/jwks.json`));
  const signer = signerOf(alg, await privateKeyOf(kid));
  const sign = (...[header, payload]: [Parameters<typeof compact>[0], Parameters<typeof compact>[1]]) =>
    compact(header, payload, signer);
  const forged = forgedTokens({ token, jwk: keys.find((key) => key.kid === kid), sign, door: "identity-service" });
  return forged.filter((forgery) => forgery.token !== token);
}

async function privateKeyOf(kid: string) {
  const db = new pg.Client({ connectionString: database.url });
  await db.connect();
  try {
    const { rows } = await db.query<{ private_key: StoredPrivateKey }>(
      "SELECT private_key FROM signing_keys WHERE kid = $1",
      [kid],
    );
    const secret = testEnvironment(database.url).KEY_ENCRYPTION_SECRET;
    return await unlockPrivateKey(kid, rows[0]?.private_key as StoredPrivateKey, secret);
  } finally {
    await db.end();
  }
}

const accessToken = async (of: string) =>
  of === "a service" ? serviceToken(identity, "profiles") : (await logIn(identity, of)).access_token;

/** Names of those forgeries that were not answered as `refused` says. */
async function accepted(forged: readonly ForgedToken[], refused: (token: string) => Promise<boolean>) {
  const verdicts = await Promise.all(forged.map(async (one) => ((await refused(one.token)) ? [] : [one.name])));
  return verdicts.flat();
}

/** What is made out to another service is no forgery to whoever is asked about any service's tokens. */
const isMeantForAnother = ({ name }: ForgedToken) => name.startsWith("an exchanged token for ");

describe.each(["admin", "a service"])("a forged token of %s", (of) => {
  let good: string;
  let forged: ForgedToken[];

  beforeAll(async () => {
    good = await accessToken(of);
    forged = await forgeriesOf(good);
    expect(forged.length).toBeGreaterThan(150);
  });

  it("opens no route of identity's own", async () => {
    const path = of === "admin" ? "/keys" : profile;
    const status = async (token: string) => (await fetch(`${identity.url}${path}`, { headers: bearer(token) })).status;
    expect(await status(good)).toBe(200);
    expect(await accepted(forged, async (token) => (await status(token)) === 401)).toEqual([]);
  });

  it("is not active at introspection", async () => {
    const isActive = async (token: string) =>
      (await readBody<{ active?: boolean }>(await identity.post("/oauth2/introspect", { token }, right))).active;
    expect(await isActive(good)).toBe(true);
    const candidates = forged.filter((one) => !isMeantForAnother(one));
    // One that is too long, or empty, is not asked about: it is refused as a request.
    expect(await accepted(candidates, async (token) => (await isActive(token)) !== true)).toEqual([]);
  });

  it("cannot be exchanged", async () => {
    const exchange = async (subject_token: string) =>
      (await identity.token({ grant_type, subject_token, subject_token_type, audience: "inventory-service" }, right))
        .status;
    expect(await exchange(good)).toBe(of === "admin" ? 200 : 400);
    const candidates = forged.filter(({ name }) => name !== `an exchanged token for ${testClient.id}`);
    expect(await accepted(candidates, async (token) => (await exchange(token)) === 400)).toEqual([]);
  });

  it("revokes nothing", async () => {
    const revocations = async () => (await fetch(`${identity.url}/revocations`)).text();
    const before = await revocations();
    const candidates = forged.filter((one) => !isMeantForAnother(one));
    await Promise.all(candidates.map(({ token }) => identity.post("/oauth2/revoke", { token })));
    expect(await revocations()).toBe(before);
  });
});
