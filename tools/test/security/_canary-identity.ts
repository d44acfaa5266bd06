import type { Canaries } from "./_canaries.ts";
import { sendJson } from "./_canary-orders.ts";
import type { Doors } from "./_doors.ts";
import type { HttpAnswer } from "./_raw-http.ts";
import type { Recorder } from "./_recorder.ts";

/** A user of the scenario, logged in. */
export interface Login {
  readonly userId: string;
  readonly username: string;
  readonly access: string;
  readonly refresh: string;
}

const formType = { "content-type": "application/x-www-form-urlencoded" };

/** What identity can be asked for, well and badly, with canaries wherever something is entrusted to it. */
export function identityScenario(doors: Doors, recorder: Recorder, canaries: Canaries) {
  const jsonType = { "content-type": "application/json" };

  function login(username: string, password: string, where: "rest" | "identity" = "identity"): Promise<HttpAnswer> {
    const path = where === "rest" ? "/auth/login" : "/login";
    const body = JSON.stringify({ username, password });
    return recorder[where](path, { method: "POST", headers: jsonType, body });
  }

  function form(path: string, values: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams(values).toString();
    return recorder.identity(path, { method: "POST", headers: { ...formType, ...headers }, body });
  }

  async function logIn(username: string, password: string): Promise<Login> {
    const answer = await login(username, password);
    if (answer.status !== 200) throw new Error(`login as ${username} answered ${answer.status}`);
    const body = JSON.parse(answer.body);
    recorder.note(username, body);
    const claims = JSON.parse(Buffer.from(body.access_token.split(".")[1], "base64url").toString());
    return { userId: claims.sub, username, access: body.access_token, refresh: body.refresh_token };
  }

  /** A customer whose name, address and password are canaries. */
  async function createCustomer(admin: string, username: string): Promise<Login> {
    const { name, email, profileStreet, ownPassword } = canaries;
    const address = { street: profileStreet.value, city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
    const user = {
      ...{ username, password: ownPassword.value, role: "customer", name: name.value },
      email: `${username}.${email.value}@example.com`,
      addresses: [address],
    };
    const created = await sendJson(recorder, "/auth/users", user, admin);
    if (created.status !== 201) throw new Error(`POST /users answered ${created.status} ${created.body}`);
    // The same again, and with what is not right.
    await sendJson(recorder, "/auth/users", user, admin);
    await sendJson(recorder, "/auth/users", { ...user, role: canaries.cardAsFilter.value, username: 5 }, admin);
    return logIn(username, ownPassword.value);
  }

  async function failToLogIn(): Promise<void> {
    const { wrongPassword, cardAsLogin, cardInPath, cardInGarbage } = canaries;
    await login("alice", wrongPassword.value);
    await login("alice", wrongPassword.value, "rest");
    await login(cardAsLogin.value, wrongPassword.value);
    const half = `{"username":"alice","password":"${wrongPassword.value}`;
    const bodies = [
      half,
      `${half}"} ${cardInGarbage.value}`,
      JSON.stringify({ username: "alice", pass: cardInGarbage.value }),
    ];
    for (const body of bodies) {
      await recorder.identity("/login", { method: "POST", headers: jsonType, body });
      await recorder.rest("/auth/login", { method: "POST", headers: jsonType, body });
    }
    await recorder.identity("/login", {
      method: "POST",
      headers: jsonType,
      body: `"${wrongPassword.value.padEnd(20_000, "x")}"`,
    });
    await recorder.identity("/login", {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: wrongPassword.value,
    });
    const query = `?username=alice&password=${wrongPassword.value}&card=${cardInPath.value}`;
    await recorder.identity(`/login${query}`, { method: "GET" });
    await recorder.identity(`/${cardInPath.value}/%ff`, { method: "GET" });
    await recorder.rest(`/auth/login${query}`, { method: "POST", headers: jsonType, body: "{}" });
  }

  async function askForTokens({ access, refresh }: Login): Promise<void> {
    const { wrongSecret, wrongToken } = canaries;
    const { orderServiceClient: secret } = await doors.secrets();
    const as = (password: string) => ({
      authorization: `Basic ${Buffer.from(`order-service:${password}`).toString("base64")}`,
    });
    const credentials = { grant_type: "client_credentials", client_id: "order-service" };
    await form("/oauth2/token", { ...credentials, client_secret: wrongSecret.value });
    await form("/oauth2/token", credentials, as(wrongSecret.value));
    await form("/oauth2/token", credentials, { authorization: `Basic ${wrongSecret.value}` });
    await form("/oauth2/token", { ...credentials, scope: wrongSecret.value }, as(secret));
    await form("/oauth2/token", { grant_type: wrongSecret.value, client_secret: secret });
    await form("/oauth2/token", { grant_type: "refresh_token", refresh_token: wrongToken.value });
    await form("/oauth2/introspect", { token: access }, as(wrongSecret.value));
    await form("/oauth2/introspect", { token: access }, as(secret));
    await form("/oauth2/introspect", { token: wrongToken.value }, as(secret));
    const exchange = { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", audience: "inventory-service" };
    const type = "urn:ietf:params:oauth:token-type:access_token";
    for (const subject of [access, wrongToken.value, refresh]) {
      const answer = await form(
        "/oauth2/token",
        { ...exchange, subject_token: subject, subject_token_type: type },
        as(secret),
      );
      if (answer.status === 200) recorder.note("the exchange", JSON.parse(answer.body));
    }
    const own = await form("/oauth2/token", credentials, as(secret));
    recorder.note("order-service", JSON.parse(own.body));
  }

  /** A refresh token that comes twice takes its login with it. */
  async function useTwice({ refresh }: Login): Promise<void> {
    const values = { grant_type: "refresh_token", refresh_token: refresh };
    recorder.note("the refreshed", JSON.parse((await form("/oauth2/token", values)).body));
    await form("/oauth2/token", values);
    await form("/oauth2/revoke", { token: refresh });
  }

  return { logIn, createCustomer, failToLogIn, askForTokens, useTwice };
}
