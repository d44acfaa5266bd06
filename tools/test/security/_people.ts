import { createHash, randomBytes } from "node:crypto";
import { DEMO_PASSWORD } from "../system/_shop.ts";
import type { Doors } from "./_doors.ts";

/** What a login answers. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

/** The scopes of a service's token; each but the last is that of one participant. */
export const scopes = ["inventory", "payments", "shipping", "notifications", "profiles"] as const;
export type Scope = (typeof scopes)[number];

/** A client that identity knows beside the system's own; it has all scopes, and may exchange tokens. */
const visitor = { clientId: "visiting-service", secret: randomBytes(32).toString("hex") };

/** Those who come to the doors with tokens that identity has given them. */
export interface People {
  logIn(username: string, password?: string): Promise<Tokens>;
  /** A service's token with only this scope. */
  serviceToken(scope: Scope): Promise<string>;
  /** The user's token exchanged by a service for one to `audience`. */
  exchanged(accessToken: string, audience: string): Promise<string>;
  /** What `/oauth2/…` answers to a service that may do there all that a service may. */
  askAsVisitor(path: string, form: Readonly<Record<string, string>>): Promise<{ status: number; body: Json }>;
}

// biome-ignore lint/suspicious/noExplicitAny: the body of an answer is what a test is about to find out
type Json = any;

/** Makes the visiting service known to identity, and opens the ways to tokens. */
export async function openPeople(doors: Doors, usualPassword = DEMO_PASSWORD): Promise<People> {
  await doors.query("identity", "INSERT INTO service_clients (client_id, secret_sha256, scopes) VALUES ($1, $2, $3)", [
    visitor.clientId,
    createHash("sha256").update(visitor.secret).digest(),
    [...scopes, "token-exchange"],
  ]);

  async function askAsVisitor(path: string, form: Readonly<Record<string, string>>) {
    const { status, body } = await doors.identity(path, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${Buffer.from(`${visitor.clientId}:${visitor.secret}`).toString("base64")}`,
      },
      body: new URLSearchParams(form).toString(),
    });
    return { status, body: body === "" ? undefined : JSON.parse(body) };
  }

  async function tokenFor(form: Readonly<Record<string, string>>): Promise<string> {
    const { status, body } = await askAsVisitor("/oauth2/token", form);
    if (status !== 200)
      throw new Error(`identity gave no token for ${form.grant_type}: ${status} ${JSON.stringify(body)}`);
    return body.access_token;
  }

  return {
    async logIn(username, password = usualPassword) {
      const { status, body } = await doors.identity("/login", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username, password }),
      });
      if (status !== 200) throw new Error(`login as ${username} answered ${status}`);
      const { access_token: access, refresh_token: refresh } = JSON.parse(body);
      return { access, refresh };
    },
    serviceToken: (scope) => tokenFor({ grant_type: "client_credentials", scope }),
    exchanged: (accessToken, audience) =>
      tokenFor({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: accessToken,
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        audience,
      }),
    askAsVisitor,
  };
}
