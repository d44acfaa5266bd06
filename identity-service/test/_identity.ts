import { createHash } from "node:crypto";
import { createLog } from "@shop/platform/logging";
import { createTestDatabase } from "@shop/testkit/database";
import { readConfig } from "../src/config.ts";
import { type Context, createContext, type Overrides } from "../src/context.ts";

/** The client that the tests' service is configured with. */
export const testClient = {
  id: "order-service",
  secret: "c2VjcmV0LW9mLXRoZS1vcmRlci1zZXJ2aWNlLTI1NiE",
  scopes: ["inventory", "payments", "profiles", "token-exchange"],
};

/** A second one, to which the first one's exchanged tokens may be made out. */
export const secondClient = {
  id: "inventory-service",
  secret: "c2VjcmV0LW9mLXRoZS1pbnZlbnRvcnktc2VydmljZS0",
  scopes: ["token-exchange"],
};

/** A third one, which may not exchange tokens. */
export const thirdClient = {
  id: "notification-service",
  secret: "c2VjcmV0LW9mLXRoZS1ub3RpZmljYXRpb24tc2VydmljZQ",
  scopes: ["profiles"],
};

export const issuer = "https://identity.test";

/** Parameters so low that a hash takes no time; the strength of argon2id is not under test. */
const cheapHashes = { ARGON2_MEMORY_KIB: "8", ARGON2_ITERATIONS: "1" };

/** The environment of a service in demo mode on free ports. */
export function testEnvironment(databaseUrl: string, changes: Record<string, string> = {}): Record<string, string> {
  const clients = [testClient, secondClient, thirdClient].map(({ id, secret, scopes }) => ({
    clientId: id,
    secretSha256: createHash("sha256").update(secret).digest("hex"),
    scopes,
  }));
  return {
    APP_MODE: "demo",
    LOG_LEVEL: "trace",
    HTTP_PORT: "0",
    OPS_PORT: "0",
    DATABASE_URL: databaseUrl,
    TOKEN_ISSUER: issuer,
    SERVICE_CLIENTS: JSON.stringify(clients),
    KEY_ENCRYPTION_SECRET: "a-secret-that-is-long-enough-for-it",
    ...cheapHashes,
    ...changes,
  };
}

export interface TestIdentity {
  readonly context: Context;
  readonly url: string;
  readonly opsUrl: string;
  /** All that was logged so far. */
  readonly logged: () => string;
  login(body: unknown, headers?: Record<string, string>): Promise<Response>;
  token(form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Sends a form to any path. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** Starts the service on a database that is there. */
export async function startIdentity(env: Record<string, string>, overrides: Overrides = {}): Promise<TestIdentity> {
  const lines: string[] = [];
  const log = createLog({
    service: "identity-service",
    level: "trace",
    destination: { write: (line) => void lines.push(line) },
  });
  const context = await createContext(readConfig(env), {
    log,
    yieldThreads: () => undefined,
    followEveryMs: 100,
    ...overrides,
  });
  try {
    await context.start();
  } catch (err) {
    await context.close();
    throw err;
  }
  const url = `http://127.0.0.1:${context.ports.http}`;
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { method: "POST", headers, body: new URLSearchParams(form) });
  return {
    context,
    url,
    opsUrl: `http://127.0.0.1:${context.ports.ops}`,
    logged: () => lines.join(""),
    login: (body, headers = {}) =>
      fetch(`${url}/login`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    token: (form, headers = {}) => post("/oauth2/token", form, headers),
    post,
    close: () => context.close(),
  };
}

/** Starts the service on a database of its own, which goes with it. */
export async function startFreshIdentity(
  changes: Record<string, string> = {},
  overrides: Overrides = {},
): Promise<TestIdentity> {
  const database = await createTestDatabase();
  const identity = await startIdentity(testEnvironment(database.url, changes), overrides);
  return {
    ...identity,
    async close() {
      await identity.close();
      await database.drop();
    },
  };
}

/** The Authorization header of client_secret_basic. */
export function basic(clientId: string, secret: string): Record<string, string> {
  const encoded = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString("base64");
  return { authorization: `Basic ${encoded}` };
}

/** A service's token with these scopes. */
export async function serviceToken(identity: TestIdentity, scope: string): Promise<string> {
  const response = await identity.token(
    { grant_type: "client_credentials", scope },
    basic(testClient.id, testClient.secret),
  );
  return (await readBody<{ access_token: string }>(response)).access_token;
}

/** What a login is answered. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** Logs a demo user in. */
export async function logIn(identity: TestIdentity, username: string): Promise<Tokens> {
  return readBody<Tokens>(await identity.login({ username, password: "demo-password" }));
}

/** What a token says, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

/** The header of a bearer. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** The JSON of an answer, of the shape that the test expects. */
export async function readBody<T = Record<string, unknown>>(response: Response): Promise<T> {
  return (await response.json()) as T;
}
