import { z } from "zod";
import { askIdentity } from "./auth-http.ts";
import { AppError } from "./errors.ts";
import type { Log } from "./logging.ts";
import type { Tls } from "./tls.ts";

/** Where a service gets its own token, and as whom. */
export interface ServiceTokensOptions {
  /** The identity service's token endpoint. */
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  log: Log;
  /** By what an https address is known. */
  tls?: Tls;
}

/** A service's own token for calls to other services. */
export interface ServiceTokens {
  /**
   * The token to send now: at once where it is at hand, else when it has been fetched. Rejects with UNAVAILABLE where
   * there has never been one and identity gives none.
   */
  get(): string | Promise<string>;
  /** Tells that a token was refused, so that the next `get` asks for a new one. A token already replaced is no news. */
  renew(refused?: string): void;
  close(): Promise<void>;
}

interface HeldToken {
  value: string;
  /** When to ask for the next one, before this one ends. */
  renewAtMs: number;
  expiresAtMs: number;
  refused: boolean;
}

/** The longest a request for a token may take. */
const requestTimeoutMs = 2000;

/**
 * The pause after a request that failed, and after a refused token was replaced; until it is over, callers get the token
 * there is, or the failure again.
 */
const pauseMs = 1000;

/** The part of a token's life after which the next one is asked for: not the same in all processes. */
const renewAfter = { least: 0.7, most: 0.8 };

/**
 * Creates the holder of a service's own token (client_credentials). It is fetched when first needed and from then on kept:
 * renewed in the background before four fifths of its life are over, whether anybody calls or not, so that an outage of
 * identity always finds a token that is good for a while; one request at a time, however many callers wait. While
 * identity cannot be reached the old token is sent on, even a refused one: better a refusal by the target than none at
 * all. A refused token is replaced at once; where the new one is refused too, a second passes before the next.
 */
export function createServiceTokens(options: ServiceTokensOptions): ServiceTokens {
  const { log, clientId } = options;
  const closing = new AbortController();
  let held: HeldToken | undefined;
  let fetching: Promise<HeldToken> | undefined;
  let pausedUntilMs = 0;
  let lastFailure: unknown;
  let timer: NodeJS.Timeout | undefined;

  function fetchOnce(): Promise<HeldToken> {
    fetching ??= requestToken(options, closing.signal)
      .then((token) => {
        if (held?.refused) pausedUntilMs = Date.now() + pauseMs;
        held = token;
        lastFailure = undefined;
        renewIn(token.renewAtMs - Date.now());
        return token;
      })
      .catch((err: unknown) => {
        pausedUntilMs = Date.now() + pauseMs;
        if (lastFailure === undefined && !closing.signal.aborted) log.warn({ clientId, err }, "no new service token");
        lastFailure = err;
        if (held !== undefined) renewIn(pauseMs);
        throw err;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  function renewIn(delayMs: number): void {
    clearTimeout(timer);
    if (closing.signal.aborted) return;
    timer = setTimeout(() => fetchOnce().catch(() => undefined), Math.min(delayMs, longestTimerMs)); // Already logged.
    timer.unref();
  }

  function get(): string | Promise<string> {
    const now = Date.now();
    const isPaused = now < pausedUntilMs;
    if (held === undefined) return isPaused ? Promise.reject(lastFailure) : fetchOnce().then((token) => token.value);
    if (isPaused || (!held.refused && now < held.renewAtMs)) return held.value;
    const next = fetchOnce();
    if (!held.refused && now < held.expiresAtMs) {
      next.catch(() => undefined); // Already logged; the token in hand is still good.
      return held.value;
    }
    const old = held.value;
    return next.then(
      (token) => token.value,
      () => old,
    );
  }

  return {
    get,
    renew(refused) {
      if (held !== undefined && (refused === undefined || refused === held.value)) held.refused = true;
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      await fetching?.catch(() => undefined); // Its failure was logged, and nobody waits for the token now.
    },
  };
}

/** A timer that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;

const tokenResponse = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

async function requestToken(options: ServiceTokensOptions, signal: AbortSignal): Promise<HeldToken> {
  const { status, body } = await ask(options, signal);
  if (status !== 200) throw new AppError("UNAVAILABLE", `The token endpoint answered ${status}.`);
  const parsed = tokenResponse.safeParse(body);
  if (!parsed.success) throw new AppError("UNAVAILABLE", "The token endpoint's answer is not a token.");
  const { access_token: value, expires_in: lifeSeconds } = parsed.data;
  const now = Date.now();
  const part = renewAfter.least + Math.random() * (renewAfter.most - renewAfter.least);
  return {
    value,
    renewAtMs: now + lifeSeconds * 1000 * part,
    expiresAtMs: now + lifeSeconds * 1000,
    refused: false,
  };
}

async function ask({ tokenUrl, clientId, clientSecret, tls }: ServiceTokensOptions, signal: AbortSignal) {
  // RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
  const login = Buffer.from([clientId, clientSecret].map(encodeURIComponent).join(":")).toString("base64");
  const headers = { authorization: `Basic ${login}` };
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  try {
    return await askIdentity(tokenUrl, { method: "POST", headers, form, timeoutMs: requestTimeoutMs, signal, tls });
  } catch (err) {
    throw new AppError("UNAVAILABLE", "The token endpoint cannot be reached.", { cause: err });
  }
}
