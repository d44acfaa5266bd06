import { addressOf, made } from "../_brute-force.ts";
import { basic, testClient } from "../_identity.ts";
import { type IdentityProcess, startIdentityProcess } from "../_identity-process.ts";

/** As many as are hashed and wait, and some more, who are refused. */
const loginsAtOnce = 80;
const storms = 3;

/** The service at its full cost, as a process of its own: all logins that it takes at once, beside its other routes. */
describe("a storm of logins", () => {
  let identity: IdentityProcess;

  beforeAll(async () => {
    identity = await startIdentityProcess({ TRUSTED_PROXIES: "127.0.0.1" });
  });
  afterAll(() => identity?.close());

  /** With ever new names from ever new addresses, so that each is hashed. */
  async function logIn(index: number): Promise<number> {
    const response = await fetch(`${identity.url}/login`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": addressOf(index) },
      body: JSON.stringify({ username: made("storm", index), password: "wrong" }),
    });
    await response.arrayBuffer();
    if (response.status === 503) expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    return response.status;
  }

  async function askOtherRoutes(): Promise<number[]> {
    const answers = await Promise.all([
      fetch(`${identity.url}/oauth2/token`, {
        method: "POST",
        headers: basic(testClient.id, testClient.secret),
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      }),
      fetch(`${identity.url}/.well-known/jwks.json`),
    ]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    return answers.map(({ status }) => status);
  }

  it("is refused where there is no place for it, and the other routes go on answering", async () => {
    for (let storm = 0; storm < storms; storm += 1) {
      let isOver = false;
      const logins = Array.from({ length: loginsAtOnce }, (_, index) => logIn(storm * loginsAtOnce + index));
      const ended = Promise.all(logins).finally(() => {
        isOver = true;
      });
      while (!isOver) expect(await askOtherRoutes()).toEqual([200, 200]);
      const statuses = await ended;
      expect(new Set(statuses)).toEqual(new Set([401, 503]));
    }
  });
});
