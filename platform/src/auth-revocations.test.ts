import { createHash } from "node:crypto";
import { eventually } from "@shop/testkit/eventually";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { serveHttp, type TestAnswer } from "../test/_http.ts";
import { createTokenVerifier, revocationEntry, type TokenVerifier } from "./auth.ts";
import { readRevocations } from "./auth-revocations.ts";
import { silentLog } from "./logging.ts";
import { createMetrics } from "./metrics.ts";

const audience = "inventory-service";

function isAccepted(verifier: TokenVerifier, token: string): boolean {
  try {
    return verifier.verify(token) !== undefined;
  } catch {
    // Which error it is, other tests tell.
    return false;
  }
}

const hashOf = (text: string) => createHash("sha256").update(text, "utf8").digest("base64url");

test.each([
  ["jti", "A-b", "jti:A-b"],
  ["sid", "A-b", "sid:A-b"],
  ["sub", "0190-ABC", "sub:0190-abc"],
] as const)("names a revoked %s by the hash of what it is", (kind, value, text) => {
  expect(revocationEntry(kind, value)).toBe(hashOf(text));
});

test.each([
  ["is no object", []],
  ["has no list", { revoked: "all" }],
  ["lists a number", { revoked: [1] }],
  ["lists what is no hash", { revoked: [hashOf("jti:1"), "jti:2"] }],
])("a document that %s is none", (_, document) => {
  expect(() => readRevocations(document)).toThrow();
});

describe("a verifier that reads revocations", () => {
  let identity: TestIdentity;
  let verifier: TokenVerifier;
  let warned: jest.SpyInstance;

  beforeEach(async () => {
    identity = await createTestIdentity();
    const { url, issuer } = identity;
    const log = silentLog();
    warned = jest.spyOn(log, "warn");
    verifier = createTokenVerifier({ url, issuer, audience, log, pollMs: 10 });
    await verifier.start();
  });

  afterEach(async () => {
    await verifier.close();
    await identity.close();
  });

  it.each([
    ["the token's id", { jti: "j-1" }],
    ["the user's id", { sub: "01900000-0000-7000-8000-00000000A11C" }],
    ["the login's id", { sid: "s-1" }],
  ])("refuses a remembered token once %s is listed, and no other", async (_, withdrawal) => {
    const token = identity.userToken({ jti: "j-1", sid: "s-1" });
    const other = identity.userToken({ userId: "01900000-0000-7000-8000-000000000b0b", sid: "s-2" });
    expect([verifier.verify(token), verifier.verify(other)]).toHaveLength(2);
    identity.revoke(withdrawal);
    await eventually(() => expect(isAccepted(verifier, token)).toBe(false));
    expect(() => verifier.verify(token)).toThrow("The token has been revoked.");
    expect(isAccepted(verifier, other)).toBe(true);
  });

  it("refuses a token that it first sees when it is listed", async () => {
    identity.revoke({ jti: "j-2" });
    await eventually(() => expect(isAccepted(verifier, identity.userToken({ jti: "j-2" }))).toBe(false));
  });

  it("asks only whether the list has changed", async () => {
    await eventually(() => expect(identity.revocationsRead.unchanged).toBeGreaterThan(3));
    expect(identity.revocationsRead.full).toBe(1);
    expect(warned).not.toHaveBeenCalled();
  });

  it("reads a list of 20,000", async () => {
    identity.revoke(...Array.from({ length: 20_000 }, (_, count) => ({ jti: `many-${count}` })));
    const last = identity.userToken({ jti: "many-19999" });
    await eventually(() => expect(isAccepted(verifier, last)).toBe(false));
  });

  it("refuses the tokens of a removed key and goes on with those of the key that stayed", async () => {
    const old = identity.userToken();
    const kid = identity.addKey("RS256");
    const added = identity.userToken();
    await eventually(() => expect(isAccepted(verifier, added)).toBe(true));
    expect(isAccepted(verifier, old)).toBe(true);
    identity.removeKey(kid);
    await eventually(() => expect(isAccepted(verifier, added)).toBe(false));
    expect(isAccepted(verifier, old)).toBe(true);
  });
});

describe("a list that cannot be read", () => {
  it.each([
    ["fails", { status: 500, body: {} }],
    ["is no list of revocations", { body: { revoked: ["jti:1"] } }],
  ])("stays as it was while the document %s, is told once, and is followed again", async (_, failing) => {
    const identity = await createTestIdentity();
    const token = identity.userToken({ jti: "j-1" });
    const later = identity.userToken({ jti: "j-2" });
    let revocations: TestAnswer = { body: { revoked: [hashOf("jti:j-1")] } };
    let reads = 0;
    const http = await serveHttp((path) => {
      if (path !== "/revocations") return { body: { keys: identity.keys() } };
      reads += 1;
      return revocations;
    });
    const log = silentLog();
    const warned = jest.spyOn(log, "warn");
    const verifier = createTokenVerifier({ url: http.url, issuer: identity.issuer, audience, log, pollMs: 5 });
    try {
      await verifier.start();
      expect(isAccepted(verifier, token)).toBe(false);
      revocations = failing;
      const readsBefore = reads;
      await eventually(() => expect(reads).toBeGreaterThan(readsBefore + 3));
      expect(isAccepted(verifier, token)).toBe(false);
      expect(isAccepted(verifier, later)).toBe(true);
      expect(warned).toHaveBeenCalledTimes(1);
      revocations = { body: { revoked: [hashOf("jti:j-2")] } };
      await eventually(() => expect(isAccepted(verifier, later)).toBe(false));
    } finally {
      await verifier.close();
      await http.close();
      await identity.close();
    }
  });
});

test("tells how long ago keys and revocations were last read", async () => {
  const identity = await createTestIdentity();
  const { url, issuer } = identity;
  const metrics = createMetrics("inventory-service");
  const verifier = createTokenVerifier({ url, issuer, audience, log: silentLog(), metrics, pollMs: 10 });
  const ageOf = async (name: string) => (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value ?? -1;
  try {
    await verifier.start();
    await identity.close();
    const before = await ageOf("token_keys_age_seconds");
    expect(before).toBeGreaterThanOrEqual(0);
    await eventually(async () => expect(await ageOf("token_keys_age_seconds")).toBeGreaterThan(before + 0.05));
    expect(await ageOf("token_revocations_age_seconds")).toBeGreaterThan(0.05);
  } finally {
    await verifier.close();
  }
});
