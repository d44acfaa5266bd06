import { setTimeout as pause } from "node:timers/promises";
import { CommandFault } from "./command-fault.ts";

/** The identity service's routes for Admins. */
export interface AdminSession {
  /** Sends a request, logs in for it where that is needed, and gives what was answered; a 404 is undefined. */
  request<Body>(method: "GET" | "POST" | "DELETE", path: string): Promise<Body | undefined>;
}

export interface AdminSessionOptions {
  /** Where the identity service is found, such as http://127.0.0.1:8000/auth. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

const requestLimitMs = 10_000;
const mostTries = 5;
const longestPauseSeconds = 5;

/** The demo's admin, unless the environment names another. */
export function adminOf(env: NodeJS.ProcessEnv): { username: string; password: string } {
  return {
    username: env.ADMIN_USERNAME || "admin",
    password: env.ADMIN_PASSWORD || env.DEMO_PASSWORD || "demo-password",
  };
}

/** A session that logs in with the first request, and again when its token is refused. */
export function createAdminSession(options: AdminSessionOptions): AdminSession {
  let token: string | undefined;

  async function send(method: string, path: string): Promise<Response> {
    token ??= await logIn(options);
    const headers = { authorization: `Bearer ${token}` };
    return await reach(options.url, () => fetch(`${options.url}${path}`, { method, headers, ...limited() }));
  }

  return {
    async request<Body>(method: "GET" | "POST" | "DELETE", path: string) {
      let response = await send(method, path);
      if (response.status === 401) {
        token = undefined;
        response = await send(method, path);
      }
      if (response.status === 404 && isProblem(response)) return undefined;
      if (response.status === 204) return {} as Body;
      if (!response.ok) throw await refusal(response, options);
      return (await response.json()) as Body;
    },
  };
}

async function logIn({ url, username, password }: AdminSessionOptions): Promise<string> {
  const response = await reach(url, () =>
    fetch(`${url}/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password }),
      ...limited(),
    }),
  );
  if (response.status === 401) {
    throw new CommandFault(`The login as ${username} was refused: set ADMIN_USERNAME and ADMIN_PASSWORD.`);
  }
  if (!response.ok) throw await refusal(response, { url, username });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

async function refusal(
  response: Response,
  { url, username }: Pick<AdminSessionOptions, "url" | "username">,
): Promise<CommandFault> {
  if (response.status === 403)
    return new CommandFault(`${username} is no Admin: set ADMIN_USERNAME and ADMIN_PASSWORD.`);
  const { detail } = isProblem(response) ? ((await response.json()) as { detail?: string }) : {};
  if (detail === undefined)
    return new CommandFault(`${url} answered ${response.status}: is that the identity service?`);
  return new CommandFault(`The identity service answered ${response.status}: ${detail}`);
}

function isProblem(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
}

/** Asks again where the answer is to come again later; every route here may be asked twice. */
async function reach(url: string, ask: () => Promise<Response>): Promise<Response> {
  try {
    let response = await ask();
    for (let tries = 1; tries < mostTries && isBusy(response); tries += 1) {
      await response.body?.cancel();
      await pause(Math.min(Number(response.headers.get("retry-after")) || 1, longestPauseSeconds) * 1000);
      response = await ask();
    }
    return response;
  } catch (err) {
    throw new CommandFault(`Nobody answers at ${url}: is the system running (npm start), or is --url another one?`, {
      cause: err,
    });
  }
}

function isBusy({ status }: Response): boolean {
  return status === 429 || status === 503;
}

function limited(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(requestLimitMs) };
}
