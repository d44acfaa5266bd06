import { ConfigError } from "@shop/platform/config";
import { readConfig } from "./config.ts";

const url = "postgres://identity@127.0.0.1:5432/identity";
const hash = "ab".repeat(32);

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (err) {
    if (err instanceof ConfigError) return err.faults;
    throw err;
  }
  return [];
}

describe("readConfig", () => {
  it("needs only the database and goes by OWASP's parameters", () => {
    expect(readConfig({ DATABASE_URL: url })).toEqual({
      mode: "development",
      logLevel: "info",
      host: "127.0.0.1",
      httpPort: 9085,
      opsPort: 9185,
      databaseUrl: url,
      tokenIssuer: "shop-identity",
      publicUrl: undefined,
      serviceClients: [],
      demoPassword: "demo-password",
      keyEncryptionSecret: undefined,
      signingAlgorithm: "ES256",
      sharedSecret: undefined,
      keyActivationDelaySeconds: 15,
      passwordCost: { memoryKib: 19_456, passes: 2, concurrency: 1, queue: 64 },
      redisUrl: undefined,
      trustedProxies: [],
    });
  });

  it("reads the service clients", () => {
    const SERVICE_CLIENTS = JSON.stringify([{ clientId: "a", secretSha256: hash, scopes: ["x", "y", "x"] }]);
    expect(readConfig({ DATABASE_URL: url, SERVICE_CLIENTS }).serviceClients).toEqual([
      { clientId: "a", secretSha256: Buffer.from(hash, "hex"), scopes: ["x", "y"] },
    ]);
  });

  it.each([
    ["no JSON", "order-service:secret"],
    ["no list", "{}"],
    ["a secret in the place of its hash", JSON.stringify([{ clientId: "a", secretSha256: "secret", scopes: [] }])],
    ["an unknown field", JSON.stringify([{ clientId: "a", secretSha256: hash, scopes: [], secret: "secret" }])],
    ["a scope of two words", JSON.stringify([{ clientId: "a", secretSha256: hash, scopes: ["x y"] }])],
    ["the name of those who log in", JSON.stringify([{ clientId: "shop", secretSha256: hash, scopes: [] }])],
    ["one client twice", JSON.stringify([1, 2].map(() => ({ clientId: "a", secretSha256: hash, scopes: [] })))],
  ])("refuses service clients that are %s, without showing them", (_case, SERVICE_CLIENTS) => {
    const [fault] = faultsOf({ DATABASE_URL: url, SERVICE_CLIENTS });
    expect(fault).toMatch(/^SERVICE_CLIENTS must be a JSON list, without the client shop, /);
    expect(fault).not.toContain('"secret"');
    expect(fault).not.toContain(":secret");
  });

  it("tells all faults at once", () => {
    const env = { HTTP_PORT: "x", KEY_ENCRYPTION_SECRET: "short", ARGON2_CONCURRENCY: "0" };
    expect(faultsOf(env)).toEqual([
      expect.stringMatching(/^HTTP_PORT /),
      expect.stringMatching(/^DATABASE_URL /),
      expect.stringMatching(/^KEY_ENCRYPTION_SECRET must be a secret of at least 32 characters/),
      expect.stringMatching(/^ARGON2_CONCURRENCY /),
    ]);
  });

  it.each([
    ["an algorithm that is none of ours", { JWT_ALG: "none" }, /^JWT_ALG must be one of ES256, RS256, HS256/],
    [
      "HS256 without its secret",
      { JWT_ALG: "HS256" },
      /^JWT_SECRET is not set and must be a secret of at least 32 characters with JWT_ALG=HS256/,
    ],
    ["a short secret", { JWT_ALG: "HS256", JWT_SECRET: "short" }, /^JWT_SECRET must be a secret of at least 32/],
  ])("refuses %s", (_case, env, fault) => {
    expect(faultsOf({ DATABASE_URL: url, ...env })).toEqual([expect.stringMatching(fault)]);
  });

  it("signs with a shared secret and activates keys at once, but not in production", () => {
    const env = { JWT_ALG: "HS256", JWT_SECRET: "x".repeat(32), KEY_ACTIVATION_DELAY_SECONDS: "0" };
    expect(readConfig({ DATABASE_URL: url, ...env })).toMatchObject({
      signingAlgorithm: "HS256",
      sharedSecret: env.JWT_SECRET,
      keyActivationDelaySeconds: 0,
    });
    const KEY_ENCRYPTION_SECRET = "y".repeat(32);
    expect(faultsOf({ DATABASE_URL: url, ...env, APP_MODE: "production", KEY_ENCRYPTION_SECRET })).toEqual([
      expect.stringMatching(/^JWT_ALG must be ES256 or RS256 in production/),
      expect.stringMatching(/^KEY_ACTIVATION_DELAY_SECONDS must be at least 10 with APP_MODE=production/),
    ]);
  });

  it("refuses the load test's client in production, naming the variable and not its secret", () => {
    const client = { clientId: "load-test", secretSha256: "c".repeat(64), scopes: ["payments"] };
    const env = { DATABASE_URL: url, SERVICE_CLIENTS: JSON.stringify([client]), KEY_ENCRYPTION_SECRET: "y".repeat(32) };
    for (const APP_MODE of ["demo", "development"]) {
      expect(readConfig({ ...env, APP_MODE }).serviceClients).toMatchObject([{ clientId: "load-test" }]);
    }
    const faults = faultsOf({ ...env, APP_MODE: "production" });
    expect(faults).toEqual([expect.stringMatching(/^SERVICE_CLIENTS must be without the client load-test/)]);
    expect(faults.join()).not.toContain(client.secretSha256);
  });

  it("tells a proxy that is named by a host as a fault", () => {
    const env = { DATABASE_URL: url, TRUSTED_PROXIES: "10.0.0.0/8,gateway.local" };
    expect(faultsOf(env)).toEqual([
      expect.stringMatching(/^TRUSTED_PROXIES must be a list of IP addresses and ranges/),
    ]);
    expect(readConfig({ ...env, TRUSTED_PROXIES: "10.0.0.0/8, ::1" }).trustedProxies).toEqual(["10.0.0.0/8", "::1"]);
  });

  it("reads the first Admin", () => {
    const env = { FIRST_ADMIN_USERNAME: "root", FIRST_ADMIN_PASSWORD: "correct horse battery" };
    expect(readConfig({ DATABASE_URL: url, ...env }).firstAdmin).toEqual({
      username: "root",
      password: "correct horse battery",
    });
    expect(readConfig({ DATABASE_URL: url, FIRST_ADMIN_USERNAME: "", FIRST_ADMIN_PASSWORD: "" })).toMatchObject({
      firstAdmin: undefined,
    });
  });

  const good = "correct horse battery";
  it.each([
    ["a password alone", { FIRST_ADMIN_PASSWORD: good }, "FIRST_ADMIN_USERNAME is not set and must be a name"],
    ["a name alone", { FIRST_ADMIN_USERNAME: "root" }, "FIRST_ADMIN_PASSWORD is not set and must be a password"],
    [
      "a short password",
      { FIRST_ADMIN_USERNAME: "root", FIRST_ADMIN_PASSWORD: "canary1" },
      "FIRST_ADMIN_PASSWORD must be",
    ],
    [
      "a common password",
      { FIRST_ADMIN_USERNAME: "root", FIRST_ADMIN_PASSWORD: "ChangeMe" },
      "FIRST_ADMIN_PASSWORD must be",
    ],
    [
      "the demo's password",
      { FIRST_ADMIN_USERNAME: "root", FIRST_ADMIN_PASSWORD: "demo-password" },
      "FIRST_ADMIN_PASSWORD",
    ],
    [
      "the name as password",
      { FIRST_ADMIN_USERNAME: "canary-root", FIRST_ADMIN_PASSWORD: "Canary-Root" },
      "FIRST_ADMIN_PASSWORD",
    ],
    [
      "a name of blanks",
      { FIRST_ADMIN_USERNAME: "  ", FIRST_ADMIN_PASSWORD: good },
      "FIRST_ADMIN_USERNAME must be a name",
    ],
    [
      "a name of wide letters",
      { FIRST_ADMIN_USERNAME: "ｒｏｏｔ", FIRST_ADMIN_PASSWORD: good },
      "FIRST_ADMIN_USERNAME must be",
    ],
  ])("refuses %s as the first Admin, by the variable's name and without its value", (_case, env, message) => {
    const faults = faultsOf({ DATABASE_URL: url, ...env });
    expect(faults).toEqual([expect.stringContaining(message)]);
    expect(faults.join()).not.toMatch(/canary|ChangeMe|battery/i);
  });

  it("tells a fault once", () => {
    const env = { DATABASE_URL: url, APP_MODE: "production", KEY_ENCRYPTION_SECRET: "short" };
    expect(faultsOf(env)).toEqual([expect.stringMatching(/^KEY_ENCRYPTION_SECRET must be a secret of at least 32/)]);
  });

  it("keeps demo passwords, plain keys and cheap hashes out of production", () => {
    const env = { HTTP_PORT: "x", APP_MODE: "production", DEMO_PASSWORD: "x", ARGON2_MEMORY_KIB: "8" };
    expect(faultsOf(env)).toEqual([
      expect.stringMatching(/^HTTP_PORT /),
      expect.stringMatching(/^DATABASE_URL /),
      expect.stringMatching(/^DEMO_PASSWORD must be left out/),
      expect.stringMatching(/^KEY_ENCRYPTION_SECRET is not set and must be a secret/),
      expect.stringMatching(/^ARGON2_MEMORY_KIB must be at least 19456/),
    ]);
  });
});
