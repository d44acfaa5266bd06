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

  async function logIn(userId: string, role: Role): Promise<Tokens> {
    const username = `an-example-of-the-${role}`;
    await putUser(provider(), { userId, username, password, role });
    return readBody<Tokens>(await provider().identity.login({ username, password }));
  }

  async function asAdmin(userId = adminId): Promise<{ [exampleToken]: string }> {
    return { [exampleToken]: (await logIn(userId, "Admin")).access_token };
  }

  return {
    "a service is known": knowService,
    async "a service has a token"({ scope }) {
      await knowService({ clientId: "an-example-client", scope: String(scope) });
      const credentials = basic("an-example-client", exampleSecret);
      const answer = await provider().identity.token({ grant_type: "client_credentials" }, credentials);
      return { [exampleToken]: (await readBody<Tokens>(answer)).access_token };
    },
    async "a user has a profile"(params) {
      await putUser(provider(), params);
      return undefined;
    },
    async "a user can log in"(params) {
      await putUser(provider(), params);
      return undefined;
    },
    async "a user has logged in"({ userId }) {
      tokens = await logIn(String(userId), "customer");
      return { [exampleToken]: tokens.access_token, [exampleRefreshToken]: tokens.refresh_token };
    },
    async "the refresh token was used"() {
      await provider().identity.token({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
      return undefined;
    },
    async "the login has ended"() {
      await provider().identity.post("/oauth2/revoke", { token: tokens.refresh_token });
      return undefined;
    },
    async "too many logins have failed"({ username }) {
      for (let left = 20; left > 0; left--) {
        const { status } = await provider().identity.login({ username, password });
        if (status === 429) return undefined;
      }
      throw new Error(`${username} is not slowed down`);
    },
    "an Admin has a token": () => asAdmin(),
    async "only one Admin is left, who has a token"({ userId }) {
      await provider().pool.query("DELETE FROM users WHERE role = 'Admin'");
      return asAdmin(String(userId));
    },
    async "there is no user of that name"({ username }) {
      await provider().pool.query("DELETE FROM users WHERE username = $1", [username]);
      return undefined;
    },
    async "a key waits for its time"() {
      const headers = bearer((await logIn(adminId, "Admin")).access_token);
      const answer = await fetch(`${provider().identity.url}/keys/rotate`, { method: "POST", headers });
      return { [exampleKid]: (await readBody<{ kid: string }>(answer)).kid };
    },
    async "nothing was taken back"() {
      await takeBack();
      return undefined;
    },
    async "a user was deleted, and nothing else was taken back"({ userId }) {
      await takeBack(String(userId));
      return undefined;
    },
    "the reader has the keys": async () => ({ [exampleKeysVersion]: await versionOf("/.well-known/jwks.json") }),
    "the reader has what was taken back": async () => ({
      [exampleRevocationsVersion]: await versionOf("/revocations"),
    }),
  };

  async function knowService({ clientId, scope }: Params): Promise<undefined> {
    const scopes = String(scope).split(" ");
    const client = { clientId: String(clientId), secretSha256: hashSecret(exampleSecret), scopes };
    await inTransaction(provider().pool, (tx) => replaceServiceClients(tx, [client]));
  }

  /** Everything of these users, and nothing else. */
  async function takeBack(...userIds: string[]): Promise<void> {
    const { pool } = provider();
    await provider().restart(async () => {
      await pool.query("DELETE FROM revocations");
      for (const id of userIds) await revoke(pool, { kind: "sub", id });
    });
  }

  async function versionOf(path: string): Promise<string> {
    return (await fetch(`${provider().identity.url}${path}`)).headers.get("etag") ?? "";
  }
}

/** Puts this user in the place of whoever had the id or the name. */
async function putUser({ pool }: Provider, params: Params): Promise<void> {
  const { userId, username = "an-example-user", role = "customer", name = "Erika Example" } = params;
  const { street, city, state = "", zipCode, country, email = "erika@example.com" } = params;
  const address = { street, city, state, zipCode, country } as Record<string, string>;
  const passwords = await createPasswords({ memoryKib: 8, passes: 1, concurrency: 1, queue: 1 });
  await pool.query("DELETE FROM users WHERE id = $1 OR username = $2", [userId, username]);
  await insertUser(pool, {
    id: String(userId),
    username: String(username),
    role: role as Role,
    name: String(name),
    email: String(email),
    addresses: street === undefined ? [] : [address as never],
    passwordHash: await passwords.hash(String(params.password ?? password)),
  });
}
