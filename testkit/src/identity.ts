import { createHash, type JsonWebKey, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import jsonwebtoken, { type JwtHeader } from "jsonwebtoken";
import type { Part } from "./forgeries/forge.ts";
import { createTestKey, revocationEntry, type TestAlgorithm, type TestKey, type Withdrawal } from "./identity-keys.ts";

/** A profile as `GET /internal/profiles/{userId}` answers it. */
export interface TestProfile {
  userId: string;
  name: string;
  email: string;
  address: { street: string; city: string; state: string; zipCode: string; country: string } | null;
}

/** What stands in a token; any other member is a claim and goes before the usual one, such as `exp`, `aud` or `iss`. */
export interface UserTokenOptions {
  /** The user's id; alice's where left out. */
  userId?: string;
  /** The user's role; customer where left out. */
  role?: string;
  /** Goes before the usual header, such as another `typ`. */
  header?: Partial<JwtHeader>;
  [claim: string]: unknown;
}

/** What stands in a service's token; other members are claims, as for users. */
export interface ServiceTokenOptions {
  scopes: readonly string[];
  clientId?: string;
  header?: Partial<JwtHeader>;
  [claim: string]: unknown;
}

/** An identity service for tests, over real HTTP. */
export interface TestIdentity {
  /** The address; IDENTITY_URL of a service under test. */
  url: string;
  issuer: string;
  jwksUrl: string;
  tokenUrl: string;
  /** The one client that `/oauth2/token` knows; it gets all scopes. */
  clientId: string;
  clientSecret: string;
  /** The public keys as JWKs, the signing one first, for a verifier that does not poll. */
  keys(): JsonWebKey[];
  /** What tokens are signed with where it is HS256; JWT_SECRET of a service under test. */
  jwtSecret?: string;
  userToken(options?: UserTokenOptions): string;
  serviceToken(options: ServiceTokenOptions): string;
  /** A user's token that ended an hour ago. */
  expiredToken(options?: UserTokenOptions): string;
  /** Signs these parts with the signing key, whatever they say. */
  sign(header: Part, payload: Part): string;
  /** Replaces the signing key; tokens minted before are signed with a key that nobody serves any more. */
  rotateKey(): void;
  /** Signs with a further key from now on, and goes on serving the others. Answers its kid. */
  addKey(alg?: "ES256" | "RS256"): string;
  /** Serves a key no longer; where it was the signing one, the one before it signs again. */
  removeKey(kid: string): void;
  /** Takes tokens back: `/revocations` lists it from now on. */
  revoke(...withdrawals: Withdrawal[]): void;
  /** What `/revocations` lists, for a verifier that does not poll. */
  revoked(): ReadonlySet<string>;
  /** The profiles that are served, by user id; alice's and bob's at first. */
  profiles: Map<string, TestProfile>;
  /** How many tokens `/oauth2/token` has given. */
  readonly tokensGiven: number;
  /** How often `/revocations` was answered in full, and how often with 304. */
  readonly revocationsRead: { readonly full: number; readonly unchanged: number };
  close(): Promise<void>;
}

export const aliceId = "01900000-0000-7000-8000-00000000a11c";
export const bobId = "01900000-0000-7000-8000-000000000b0b";

const issuer = "shop-identity";
const clientId = "order-service";
const clientSecret = "order-service-test-secret";
const allScopes = ["inventory", "payments", "shipping", "notifications", "profiles"];
const lifeSeconds = 600;

/** Starts an identity service on a free port. It signs with a key of its own, or with a secret where `alg` is HS256. */
export async function createTestIdentity({ alg = "ES256" }: { alg?: TestAlgorithm } = {}): Promise<TestIdentity> {
  let keys: readonly [TestKey, ...TestKey[]] = [createTestKey(alg)];
  let revoked: ReadonlySet<string> = new Set();
  let tokensGiven = 0;
  const revocationsRead = { full: 0, unchanged: 0 };
  const profiles = new Map([aliceId, bobId].map((userId) => [userId, profileOf(userId)]));
  const publicKeys = () => keys.flatMap(({ jwk }) => jwk ?? []);

  function serviceToken({ scopes, clientId: subject = clientId, header, ...claims }: ServiceTokenOptions): string {
    const said = { aud: "shop-internal", sub: subject, client_id: subject, scope: scopes.join(" "), ...claims };
    return mint(keys[0], said, header);
  }

  function userToken({ userId = aliceId, role = "customer", header, ...claims }: UserTokenOptions = {}): string {
    return mint(keys[0], { aud: "shop-api", sub: userId, client_id: "shop", role, ...claims }, header);
  }

  const server = createServer((req, res) => {
    const routes: Routes = {
      keys: publicKeys,
      revoked: () => [...revoked].sort(),
      profiles,
      isServiceToken: (token) => keys.some((key) => isSignedWith(key, token)),
      giveToken: () => {
        tokensGiven += 1;
        return serviceToken({ scopes: allScopes });
      },
      countRevocations: (isChanged) => {
        revocationsRead[isChanged ? "full" : "unchanged"] += 1;
      },
    };
    answer(req, res, routes).catch(() => res.destroy());
  });
  const url = await listen(server);
  const [{ verifyWith }] = keys;

  return {
    url,
    issuer,
    jwksUrl: `${url}/.well-known/jwks.json`,
    tokenUrl: `${url}/oauth2/token`,
    clientId,
    clientSecret,
    keys: publicKeys,
    ...(typeof verifyWith === "string" && { jwtSecret: verifyWith }),
    userToken,
    serviceToken,
    expiredToken: (options) => userToken({ ...options, iat: nowSeconds() - 7200, exp: nowSeconds() - 3600 }),
    sign: (header, payload) => keys[0].sign(header, payload),
    rotateKey: () => {
      keys = [createTestKey(alg)];
    },
    addKey: (added = "ES256") => {
      const key = createTestKey(added);
      keys = [key, ...keys];
      return key.jwk?.kid ?? "";
    },
    removeKey: (kid) => {
      const [first, ...others] = keys.filter(({ jwk }) => jwk?.kid !== kid);
      if (first === undefined) throw new Error("The last key cannot be removed.");
      keys = [first, ...others];
    },
    revoke: (...withdrawals) => {
      revoked = new Set([...revoked, ...withdrawals.map(revocationEntry)]);
    },
    revoked: () => revoked,
    profiles,
    get tokensGiven() {
      return tokensGiven;
    },
    revocationsRead,
    close: () => close(server),
  };
}

/** The same token with other claims and the old signature. */
export function tamper(token: string, claims: Record<string, unknown>): string {
  const [header, payload = "", signature] = token.split(".");
  const changed = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), ...claims };
  return [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
}

function mint(key: TestKey, claims: Record<string, unknown>, header: Partial<JwtHeader> = {}): string {
  const iat = nowSeconds();
  const payload = { iss: issuer, iat, exp: iat + lifeSeconds, jti: randomUUID(), ...claims };
  return key.sign({ alg: key.alg, typ: "at+jwt", kid: key.jwk?.kid, ...header }, payload);
}

function isSignedWith({ alg, verifyWith }: TestKey, token: string): boolean {
  try {
    jsonwebtoken.verify(token, verifyWith, { algorithms: [alg], audience: "shop-internal" });
    return true;
  } catch {
    // Whatever is wrong with it, it is not a token of ours.
    return false;
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

interface Routes {
  keys(): JsonWebKey[];
  revoked(): string[];
  countRevocations(isChanged: boolean): void;
  profiles: Map<string, TestProfile>;
  isServiceToken(token: string): boolean;
  giveToken(): string;
}

async function answer(req: IncomingMessage, res: ServerResponse, routes: Routes): Promise<void> {
  const route = `${req.method} ${req.url}`;
  if (route === "GET /.well-known/jwks.json") return send(res, 200, { keys: routes.keys() });
  if (route === "GET /revocations")
    return routes.countRevocations(sendIfChanged(req, res, { revoked: routes.revoked() }));
  if (route === "POST /oauth2/token") {
    if (!isOurClient(req, new URLSearchParams(await text(req)))) return send(res, 401, { error: "invalid_client" });
    const token = { access_token: routes.giveToken(), token_type: "Bearer", expires_in: lifeSeconds };
    return send(res, 200, { ...token, scope: allScopes.join(" ") });
  }
  const userId = /^GET \/internal\/profiles\/([^/?]+)$/.exec(route)?.[1];
  if (userId === undefined) return send(res, 404, { code: "NOT_FOUND" });
  if (!routes.isServiceToken(req.headers.authorization?.replace(/^Bearer /i, "") ?? "")) {
    return send(res, 401, { code: "UNAUTHENTICATED" });
  }
  const profile = routes.profiles.get(userId);
  return profile ? send(res, 200, profile) : send(res, 404, { code: "NOT_FOUND" });
}

function isOurClient(req: IncomingMessage, form: URLSearchParams): boolean {
  if (form.get("grant_type") !== "client_credentials") return false;
  const basic = /^Basic (.+)$/i.exec(req.headers.authorization ?? "")?.[1];
  const given = basic
    ? Buffer.from(basic, "base64").toString()
    : `${form.get("client_id")}:${form.get("client_secret")}`;
  return given === `${clientId}:${clientSecret}`;
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Answers 304 where the caller has it already. */
function sendIfChanged(req: IncomingMessage, res: ServerResponse, body: unknown): boolean {
  const json = JSON.stringify(body);
  const etag = `"${createHash("sha256").update(json).digest("base64url")}"`;
  const headers = { etag, "cache-control": "no-cache" };
  const isChanged = req.headers["if-none-match"] !== etag;
  if (isChanged) res.writeHead(200, { ...headers, "content-type": "application/json" }).end(json);
  else res.writeHead(304, headers).end();
  return isChanged;
}

function profileOf(userId: string): TestProfile {
  const name = userId === aliceId ? "alice" : "bob";
  const address = { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
  return { userId, name, email: `${name}@example.com`, address };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
