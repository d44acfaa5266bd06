import type { JsonWebKey } from "node:crypto";
import jsonwebtoken, { type JwtPayload } from "jsonwebtoken";
import { type Caller, callerOf, serviceAudience, userAudience } from "./auth-caller.ts";
import { createPolledKeys, fixedKeys, type KeySource } from "./auth-key-source.ts";
import { type KeySet, keySetOf } from "./auth-keys.ts";
import { AppError } from "./errors.ts";
import type { Log } from "./logging.ts";

export type { Caller, Role } from "./auth-caller.ts";
export { createServiceTokens, type ServiceTokens, type ServiceTokensOptions } from "./service-tokens.ts";

/** Where the keys come from, and which tokens are accepted. */
export type TokenVerifierOptions =
  | {
      /** The identity service's JWKS document. */
      jwksUrl: string;
      /** The only accepted `iss`. */
      issuer: string;
      log: Log;
      /** How often the document is read again, in milliseconds; default 5,000. */
      pollMs?: number;
    }
  | {
      /** Public keys as JWKs, each with its `kid`; never read again. */
      keys: readonly JsonWebKey[];
      /** The only accepted `iss`. */
      issuer: string;
    };

/** Verifies access tokens locally. */
export interface TokenVerifier {
  /** Reads the keys for the first time, within a limit, and goes on reading them. */
  start(): Promise<void>;
  close(): Promise<void>;
  /** The caller a token stands for. Throws UNAUTHENTICATED; UNAVAILABLE while no keys have been read yet. */
  verify(token: string): Caller;
  /** The readiness check: rejects while there are no keys to verify with. */
  ready(): Promise<void>;
}

/** How many verified tokens are remembered; the oldest is forgotten first. */
const maxRemembered = 10_000;

/** Longer tokens are refused unread. */
const maxTokenLength = 4096;

/** How far the clocks of two machines may be apart. */
const clockToleranceSeconds = 5;

/**
 * Creates a verifier of access tokens (RFC 9068): ES256 and nothing else, `typ` at+jwt, a known `kid`, and `iss`, `aud`,
 * `exp` and `sub` present and right. A verified token is remembered, by its whole text, until it ends or the keys
 * change: a removed key takes its tokens with it within one poll.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const remembered = new Map<string, { caller: Caller; expiresAtMs: number }>();
  const source = keySource(options, () => remembered.clear());

  function recall(token: string): Caller | undefined {
    const found = remembered.get(token);
    if (found === undefined || Date.now() < found.expiresAtMs) return found?.caller;
    remembered.delete(token);
    return undefined;
  }

  function remember(token: string, caller: Caller, expiresAtMs: number): void {
    const oldest = remembered.size >= maxRemembered ? remembered.keys().next().value : undefined;
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(token, { caller, expiresAtMs });
  }

  return {
    start: source.start,
    close: source.close,
    verify(token) {
      const known = recall(token);
      if (known !== undefined) return known;
      const claims = verifiedClaims(token, keysOf(source), options.issuer);
      const caller = callerOf(claims);
      if (caller === undefined) throw refused("The token's subject, audience or role is none of ours.");
      remember(token, caller, claims.exp * 1000);
      return caller;
    },
    async ready() {
      if (keysOf(source).size === 0) throw new Error("There is no key to verify tokens with.");
    },
  };
}

function keySource(options: TokenVerifierOptions, onChange: () => void): KeySource {
  if ("keys" in options) return fixedKeys(fixedKeySet(options.keys));
  return createPolledKeys({ url: options.jwksUrl, pollMs: options.pollMs ?? 5000, log: options.log, onChange });
}

function fixedKeySet(jwks: readonly JsonWebKey[]): KeySet {
  const { keys, faults } = keySetOf(jwks);
  if (faults.length > 0) throw new Error(`Malformed verification keys: ${faults.join("; ")}.`);
  return keys;
}

function keysOf(source: KeySource): KeySet {
  const keys = source.current();
  if (keys === undefined) throw new AppError("UNAVAILABLE", "The keys that verify tokens have not been read yet.");
  return keys;
}

type Claims = JwtPayload & { exp: number };

function verifiedClaims(token: string, keys: KeySet, issuer: string): Claims {
  const key = keys.get(keyIdOf(token) ?? "");
  if (key === undefined) throw refused("The token is not signed with a known key.");
  try {
    const claims = jsonwebtoken.verify(token, key, {
      algorithms: ["ES256"],
      issuer,
      audience: [userAudience, serviceAudience],
      clockTolerance: clockToleranceSeconds,
    });
    if (typeof claims === "string" || claims.exp === undefined) throw refused("The token has no expiry.");
    return claims as Claims;
  } catch (err) {
    if (err instanceof AppError) throw err;
    if (err instanceof jsonwebtoken.TokenExpiredError) throw refused("The token has expired.", err);
    throw refused("The token is not valid.", err);
  }
}

/**
 * The `kid` of an access token's header; undefined where the text is no such token. Nor is one whose header has `crit`:
 * it asks for an extension to be understood, and none is (RFC 7515, 4.1.11).
 */
function keyIdOf(token: string): string | undefined {
  if (token.length > maxTokenLength) return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(token.slice(0, token.indexOf(".")), "base64url").toString("utf8"));
    if (typeof header !== "object" || header === null || "crit" in header) return undefined;
    const { typ, kid } = header as { typ?: unknown; kid?: unknown };
    return isAccessTokenType(typ) && typeof kid === "string" && kid !== "" ? kid : undefined;
  } catch {
    // What cannot be read as a header is no token.
    return undefined;
  }
}

function isAccessTokenType(typ: unknown): boolean {
  return typeof typ === "string" && /^(application\/)?at\+jwt$/i.test(typ);
}

function refused(message: string, cause?: unknown): AppError {
  return new AppError("UNAUTHENTICATED", message, { cause });
}
