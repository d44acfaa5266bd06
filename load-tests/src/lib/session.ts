import exec from "k6/execution";
import http from "k6/http";
import type { Settings } from "./settings.ts";

/** An access token and when it ends, by Date.now(). */
export interface Token {
  readonly value: string;
  readonly endsAt: number;
}

/** How long before its end a token is renewed: users take turns, so that they do not all log in at once. */
const RENEW_BEFORE_MS = 30_000;
const TURNS = 50;
const TURN_MS = 3_000;

/** After a renewal that failed, so much later the next; meanwhile the old token is still good. */
const TRY_AGAIN_MS = 5_000;

let renewed: Token | undefined;
let notBefore = 0;

/** The token of the run, or this user's own where the run outlasts it. */
export function currentToken(ofRun: Token, obtain: () => Token): string {
  const current = renewed ?? ofRun;
  const turn = exec.vu.idInInstance % TURNS;
  const isDue = Date.now() >= current.endsAt - RENEW_BEFORE_MS - turn * TURN_MS;
  if (isDue && Date.now() >= notBefore) renewed = renew(current, obtain);
  return (renewed ?? current).value;
}

function renew(current: Token, obtain: () => Token): Token {
  try {
    return obtain();
  } catch {
    notBefore = Date.now() + TRY_AGAIN_MS; // what is refused without a good token counts as errors of the run
    return current;
  }
}

/** Logs in with a password. */
export function logIn({ baseUrl }: Settings, username: string, password: string): Token {
  return readToken(
    http.post(`${baseUrl}/auth/login`, JSON.stringify({ username, password }), {
      headers: { "content-type": "application/json" },
      tags: { name: "POST /auth/login" },
    }),
    `Logging in as ${username}`,
  );
}

/** A service client's token, by its id and secret. */
export function clientToken({ baseUrl, clientId, clientSecret }: Settings): Token {
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  return readToken(
    http.post(`${baseUrl}/auth/oauth2/token`, form, { tags: { name: "POST /auth/oauth2/token" } }),
    `The token of the client ${clientId}`,
  );
}

interface TokenAnswer {
  readonly status: number;
  readonly error: string;
  json(): unknown;
}

function readToken(res: TokenAnswer, what: string): Token {
  if (res.status !== 200) throw new Error(`${what} was answered with ${res.status || res.error}.`);
  const { access_token, expires_in } = res.json() as { access_token: string; expires_in: number };
  return { value: access_token, endsAt: Date.now() + expires_in * 1000 };
}
