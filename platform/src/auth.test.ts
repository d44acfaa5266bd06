import { serveHttp, type TestAnswer } from "../test/_http.ts";
import { audience, createTestKey, issuer, userId } from "../test/_tokens.ts";
import { createTokenVerifier, type TokenVerifier } from "./auth.ts";
import { silentLog } from "./logging.ts";

const key = createTestKey("one");
const other = createTestKey("two");
const now = Math.floor(Date.now() / 1000);

function refusalOf(verifier: TokenVerifier, token: string): unknown {
  try {
    return verifier.verify(token);
  } catch (err) {
    return err;
  }
}

async function until(claim: () => boolean): Promise<void> {
  const limit = Date.now() + 5000;
  while (!claim()) {
    if (Date.now() > limit) throw new Error("It did not happen within 5 s.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("createTokenVerifier with fixed keys", () => {
  const verifier = createTokenVerifier({ keys: [key.jwk], issuer, audience });

  it("tells the user and the role of a user's token", () => {
    const caller = verifier.verify(key.userToken({ role: "operator" }));
    expect(caller).toEqual({ kind: "user", userId, role: "operator" });
  });

  it("tells the client and the scopes of a service's token", () => {
    const caller = verifier.verify(key.serviceToken("inventory payments"));
    expect(caller).toEqual({
      kind: "service",
      clientId: "order-service",
      scopes: new Set(["inventory", "payments"]),
    });
  });

  it("tells the service that acts for the user of an exchanged token", () => {
    const act = { sub: "order-service", act: { sub: "gateway" } };
    const user = { kind: "user", userId, role: "customer", actor: "order-service" };
    expect(verifier.verify(key.userToken({ aud: audience, act }))).toEqual(user);
    expect(verifier.verify(key.userToken({ act }))).toEqual(user);
  });

  it("answers a token it has seen with the same caller", () => {
    const token = key.userToken();
    expect(verifier.verify(token)).toBe(verifier.verify(token));
  });

  const tampered = key.userToken().replace(/\.([^.]+)\./, (_, payload: string) => {
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    return `.${Buffer.from(JSON.stringify({ ...claims, role: "Admin" })).toString("base64url")}.`;
  });
  const unsigned = `${Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt", kid: "one" })).toString("base64url")}.${key.userToken().split(".")[1]}.`;

  it.each([
    ["has expired", key.userToken({ exp: now - 60 })],
    ["has no expiry", key.userToken({ exp: undefined })],
    ["is not valid yet", key.userToken({ nbf: now + 60 })],
    ["is of another issuer", key.userToken({ iss: "elsewhere" })],
    ["has no issuer", key.userToken({ iss: undefined })],
    ["is for another audience", key.userToken({ aud: "elsewhere" })],
    ["has no audience", key.userToken({ aud: undefined })],
    ["has no subject", key.userToken({ sub: undefined })],
    ["has a subject that is no UUID", key.userToken({ sub: "alice" })],
    ["has a role we do not know", key.userToken({ role: "root" })],
    ["is no access token", key.userToken({}, { typ: "JWT" })],
    ["names no key", key.userToken({}, { kid: undefined })],
    ["names a key by an empty name", key.userToken({}, { kid: "" })],
    ["names a key we do not know", other.userToken()],
    ["asks for an extension that must be understood", key.userToken({}, { crit: ["exp"] } as object)],
    ["is signed with another key than it names", other.userToken({}, { kid: "one" })],
    ["was tampered with", tampered],
    ["is not signed", unsigned],
    ["is empty", ""],
    ["is no token", "a.b.c"],
    ["is endless", "a".repeat(1_000_000)],
  ])("refuses a token that %s", (_, token) => {
    expect(refusalOf(verifier, token)).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("forgets a token when it ends", () => {
    const verified = key.userToken({ exp: now + 60 });
    verifier.verify(verified);
    const later = Date.now() + 120_000;
    jest.spyOn(Date, "now").mockReturnValue(later);
    try {
      expect(refusalOf(verifier, verified)).toMatchObject({
        code: "UNAUTHENTICATED",
        message: "The token has expired.",
      });
    } finally {
      jest.restoreAllMocks();
    }
  });

  it("remembers a limited number of tokens and verifies the rest again", () => {
    const small = createTokenVerifier({ keys: [key.jwk], issuer, audience });
    const first = key.userToken();
    const caller = small.verify(first);
    for (let count = 0; count < 20; count++) small.verify(key.userToken({ jti: `${count}` }));
    expect(small.verify(first)).toEqual(caller);
  });
});

test("fixed keys are not taken where one is malformed", () => {
  expect(() => createTokenVerifier({ keys: [key.jwk, { ...key.jwk, x: "AAAA" }], issuer, audience })).toThrow(
    /keys\[1\]/,
  );
});

describe("createTokenVerifier with a JWKS document", () => {
  let document: TestAnswer = { body: { keys: [] } };
  const noRevocations = { body: { revoked: [] } };

  async function withVerifier(use: (verifier: TokenVerifier) => Promise<void>): Promise<void> {
    const http = await serveHttp((path) => (path === "/revocations" ? noRevocations : document));
    const verifier = createTokenVerifier({ url: http.url, issuer, audience, log: silentLog(), pollMs: 10 });
    try {
      await use(verifier);
    } finally {
      await verifier.close();
      await http.close();
    }
  }

  it("verifies nothing, and is not ready, before the keys are read", async () => {
    document = { body: { keys: [key.jwk] } };
    await withVerifier(async (verifier) => {
      expect(refusalOf(verifier, key.userToken())).toMatchObject({ code: "UNAVAILABLE" });
      await expect(verifier.ready()).rejects.toThrow();
      await verifier.start();
      await expect(verifier.ready()).resolves.toBeUndefined();
      expect(verifier.verify(key.userToken())).toMatchObject({ userId });
    });
  });

  it("refuses remembered tokens once their key is gone, and takes those of the new key", async () => {
    document = { body: { keys: [key.jwk] } };
    await withVerifier(async (verifier) => {
      await verifier.start();
      const token = key.userToken();
      verifier.verify(token);
      document = { body: { keys: [other.jwk] } };
      await until(() => refusalOf(verifier, token) instanceof Error);
      expect(refusalOf(verifier, token)).toMatchObject({ code: "UNAUTHENTICATED" });
      expect(verifier.verify(other.userToken())).toMatchObject({ userId });
    });
  });

  it.each([
    ["fails", { status: 500, body: {} }],
    ["is no JWKS document", { body: { hello: "world" } }],
  ])("keeps its keys while the document %s", async (_, failing) => {
    let reads = 0;
    document = { body: { keys: [key.jwk] } };
    await withVerifier(async (verifier) => {
      await verifier.start();
      document = Object.defineProperty({ ...failing }, "body", {
        get() {
          reads += 1;
          return failing.body;
        },
      });
      await until(() => reads > 2);
      expect(verifier.verify(key.userToken())).toMatchObject({ userId });
    });
  });

  it("waits for an identity service that comes up later", async () => {
    document = { status: 503, body: {} };
    await withVerifier(async (verifier) => {
      const started = verifier.start();
      document = { body: { keys: [key.jwk] } };
      await started;
      expect(verifier.verify(key.userToken())).toMatchObject({ userId });
    });
  });

  it.each([
    ["lies on no curve", { ...key.jwk, kid: "bad", x: "AAAA" }],
    ["has no coordinates", { kty: "EC", crv: "P-256", kid: "bad" }],
    ["has no name", { ...key.jwk, kid: undefined }],
    ["has an empty name", { ...key.jwk, kid: "" }],
    ["is no object", null],
  ])("leaves out a key that %s, says so once, and goes on with the others", async (_, malformed) => {
    document = { body: { keys: [malformed, other.jwk] } };
    const log = silentLog();
    const warned = jest.spyOn(log, "warn");
    let reads = 0;
    const http = await serveHttp((path) => {
      if (path === "/revocations") return noRevocations;
      reads += 1;
      return document;
    });
    const verifier = createTokenVerifier({ url: http.url, issuer, audience, log, pollMs: 5 });
    await verifier.start();
    await until(() => reads > 2);
    await verifier.close();
    await http.close();
    expect(verifier.verify(other.userToken())).toMatchObject({ userId });
    expect(refusalOf(verifier, key.userToken({}, { kid: "" }))).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(warned.mock.calls).toEqual([
      [{ reason: expect.stringMatching(/^keys\[0\]: /) }, "malformed verification keys left out"],
    ]);
  });

  it("leaves out keys of other kinds", async () => {
    document = { body: { keys: [{ ...key.jwk, use: "enc" }, { kty: "RSA", kid: "rsa" }, other.jwk] } };
    await withVerifier(async (verifier) => {
      await verifier.start();
      expect(refusalOf(verifier, key.userToken())).toMatchObject({ code: "UNAUTHENTICATED" });
      expect(verifier.verify(other.userToken())).toMatchObject({ userId });
    });
  });
});
