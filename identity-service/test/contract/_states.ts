import {
  exampleKeysVersion,
  exampleKid,
  exampleRefreshToken,
  exampleRevocationsVersion,
  exampleSecret,
  exampleToken,
} from "@shop/contracts/boundaries/identity-interactions";
import type { HttpStateHandler } from "@shop/contracts/http-provider";
import { inTransaction } from "@shop/platform/postgres";
import { createPasswords } from "../../src/domain/passwords.ts";
import { hashSecret } from "../../src/domain/secret.ts";
import type { Role } from "../../src/domain/user.ts";
import { revoke } from "../../src/store/revocations.ts";
import { replaceServiceClients } from "../../src/store/service-clients.ts";
import { insertUser } from "../../src/store/users.ts";
import { basic, bearer, readBody, type Tokens } from "../_identity.ts";
import type { Provider } from "./_provider.ts";

type Params = Parameters<HttpStateHandler>[0];

const adminId = "01900000-0000-7000-8000-0000000cad01";
const password = "an-example-password";

/** How each state of the contracts comes about at `provider()`. */
export function identityStates(provider: () => Provider): Readonly<Record<string, HttpStateHandler>> {
  let tokens: Tokens;

  async function asAdmin(userId = adminId): Promise<{ [exampleToken]: string }> {
    return { [exampleToken]: (await logIn(provider(), userId, "Admin")).access_token };
  }

  return {
    "a service is known": (params) => knowService(provider(), params),
    "a service has a token": async ({ scope = "" }) => {
      await knowService(provider(), { clientId: "an-example-client", scope });
      const credentials = basic("an-example-client", exampleSecret);
      const answer = await provider().identity.token({ grant_type: "client_credentials" }, credentials);
      return { [exampleToken]: (await readBody<Tokens>(answer)).access_token };
    },
    "a user has a profile": (params) => putUser(provider(), params),
    "a user can log in": (params) => putUser(provider(), params),
    "a user has logged in": async ({ userId }) => {
      tokens = await logIn(provider(), String(userId), "customer");
      return { [exampleToken]: tokens.access_token, [exampleRefreshToken]: tokens.refresh_token };
    },
    "the refresh token was used": async () => {
      await provider().identity.token({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
      return undefined;
    },
    "the login has ended": async () => {
      await provider().identity.post("/oauth2/revoke", { token: tokens.refresh_token });
      return undefined;
    },
    "too many logins have failed": ({ username }) => guess(provider(), String(username)),
    "an Admin has a token": () => asAdmin(),
    "only one Admin is left, who has a token": async ({ userId }) => {
      await provider().pool.query("DELETE FROM users WHERE role = 'Admin'");
      return asAdmin(String(userId));
    },
    "there is no user of that name": async ({ username }) => {
      await provider().pool.query("DELETE FROM users WHERE username = $1", [username]);
      return undefined;
    },
    "a key waits for its time": async () => {
      const headers = bearer((await logIn(provider(), adminId, "Admin")).access_token);
      const answer = await fetch(`${provider().identity.url}/keys/rotate`, { method: "POST", headers });
      return { [exampleKid]: (await readBody<{ kid: string }>(answer)).kid };
    },
    "nothing was taken back": () => takeBack(provider()),
    "a user was deleted, and nothing else was taken back": ({ userId }) => takeBack(provider(), String(userId)),
    "the reader has the keys": async () => ({
      [exampleKeysVersion]: await versionOf(provider(), "/.well-known/jwks.json"),
    }),
    "the reader has what was taken back": async () => ({
      [exampleRevocationsVersion]: await versionOf(provider(), "/revocations"),
    }),
  };
}

async function knowService({ pool }: Provider, { clientId, scope }: Params): Promise<undefined> {
  const scopes = String(scope).split(" ");
  const client = { clientId: String(clientId), secretSha256: hashSecret(exampleSecret), scopes };
  await inTransaction(pool, (tx) => replaceServiceClients(tx, [client]));
}

async function logIn(provider: Provider, userId: string, role: Role): Promise<Tokens> {
  const username = `an-example-of-the-${role}`;
  await putUser(provider, { userId, username, password, role });
  return readBody<Tokens>(await provider.identity.login({ username, password }));
}

/** Puts this user in the place of whoever had the id or the name. */
async function putUser({ pool }: Provider, params: Params): Promise<undefined> {
  const text = (name: string, usual = "") => String(params[name] ?? usual);
  const passwords = await createPasswords({ memoryKib: 8, passes: 1, concurrency: 1, queue: 1 });
  const address = {
    street: text("street"),
    city: text("city"),
    state: text("state"),
    zipCode: text("zipCode"),
    country: text("country"),
  };
  const user = {
    id: text("userId"),
    username: text("username", "an-example-user"),
    role: text("role", "customer") as Role,
    name: text("name", "Erika Example"),
    email: text("email", "erika@example.com"),
    addresses: params.street === undefined ? [] : [address],
    passwordHash: await passwords.hash(text("password", password)),
  };
  await pool.query("DELETE FROM users WHERE id = $1 OR username = $2", [user.id, user.username]);
  await insertUser(pool, user);
}

async function guess({ identity }: Provider, username: string): Promise<undefined> {
  for (let left = 20; left > 0; left--) {
    const { status } = await identity.login({ username, password });
    if (status === 429) return;
  }
  throw new Error(`${username} is not slowed down`);
}

/** Everything of these users, and nothing else. */
async function takeBack({ pool, restart }: Provider, ...userIds: string[]): Promise<undefined> {
  await restart(async () => {
    await pool.query("DELETE FROM revocations");
    for (const id of userIds) await revoke(pool, { kind: "sub", id });
  });
}

async function versionOf({ identity }: Provider, path: string): Promise<string> {
  return (await fetch(`${identity.url}${path}`)).headers.get("etag") ?? "";
}
