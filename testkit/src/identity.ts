import { generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import jsonwebtoken, { type JwtHeader } from "jsonwebtoken";

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
  /** The public keys as JWKs, for a verifier that does not poll. */
  keys(): JsonWebKey[];
  userToken(options?: UserTokenOptions): string;
  serviceToken(options: ServiceTokenOptions): string;
  /** A user's token that ended an hour ago. */
  expiredToken(options?: UserTokenOptions): string;
  /** Replaces the signing key; tokens minted before are signed with a key that nobody serves any more. */
  rotateKey(): void;
  /** The profiles that are served, by user id; alice's and bob's at first. */
  profiles: Map<string, TestProfile>;
  /** How many tokens `/oauth2/token` has given. */
  readonly tokensGiven: number;
  close(): Promise<void>;
}

export const aliceId = "01900000-0000-7000-8000-00000000a11c";
export const bobId = "01900000-0000-7000-8000-000000000b0b";

const issuer = "shop-identity";
const clientId = "order-service";
const clientSecret = "order-service-test-secret";
const allScopes = ["inventory", "payments", "shipping", "notifications", "profiles"];
const lifeSeconds = 600;

/** Starts an identity service on a free port. */
export async function createTestIdentity(): Promise<TestIdentity> {
  let key = createSigningKey();
  let tokensGiven = 0;
  const profiles = new Map([aliceId, bobId].map((userId) => [userId, profileOf(userId)]));

  function serviceToken({ scopes, clientId: subject = clientId, header, ...claims }: ServiceTokenOptions): string {
    return sign(key, { aud: "shop-internal", sub: subject, scope: scopes.join(" "), ...claims }, header);
  }

  function userToken({ userId = aliceId, role = "customer", header, ...claims }: UserTokenOptions = {}): string {
    return sign(key, { aud: "shop-api", sub: userId, role, ...claims }, header);
  }

  const server = createServer((req, res) => {
    const routes: Routes = {
      keys: () => [key.jwk],
      profiles,
      isServiceToken: (token) => isSignedWith(key, token),
      giveToken: () => {
        tokensGiven += 1;
        return serviceToken({ scopes: allScopes });
      },
    };
    answer(req, res, routes).catch(() => res.destroy());
  });
  const url = await listen(server);

  return {
    url,
    issuer,
    jwksUrl: `${url}/.well-known/jwks.json`,
    tokenUrl: `${url}/oauth2/token`,
    clientId,
    clientSecret,
    keys: () => [key.jwk],
    userToken,
    serviceToken,
    expiredToken: (options) => userToken({ ...options, iat: nowSeconds() - 7200, exp: nowSeconds() - 3600 }),
    rotateKey: () => {
      key = createSigningKey();
    },
    profiles,
    get tokensGiven() {
      return tokensGiven;
    },
    close: () => close(server),
  };
}

/** The same token with other claims and the old signature. */
export function tamper(token: string, claims: Record<string, unknown>): string {
  const [header, payload = "", signature] = token.split(".");
  const changed = { ...JSON.parse(Buffer.from(payload, "base64url").toString()), ...claims };
  return [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
}

interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  jwk: JsonWebKey;
}

function createSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = randomUUID();
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" } };
}

function sign(key: SigningKey, claims: Record<string, unknown>, header: Partial<JwtHeader> = {}): string {
  const iat = nowSeconds();
  const payload = { iss: issuer, iat, exp: iat + lifeSeconds, jti: randomUUID(), ...claims };
  return jsonwebtoken.sign(payload, key.privateKey, {
    algorithm: "ES256",
    header: { alg: "ES256", typ: "at+jwt", kid: key.kid, ...header },
  });
}

function isSignedWith(key: SigningKey, token: string): boolean {
  try {
    jsonwebtoken.verify(token, key.publicKey, { algorithms: ["ES256"], audience: "shop-internal" });
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
  profiles: Map<string, TestProfile>;
  isServiceToken(token: string): boolean;
  giveToken(): string;
}

async function answer(req: IncomingMessage, res: ServerResponse, routes: Routes): Promise<void> {
  const route = `${req.method} ${req.url}`;
  if (route === "GET /.well-known/jwks.json") return send(res, 200, { keys: routes.keys() });
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
