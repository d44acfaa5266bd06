import type { HttpInteraction, HttpResponse } from "../http-interaction.ts";
import { eachLike, like, matching } from "../match.ts";
import { basic, exampleRefreshToken, exampleToken, jwt, opaque, userId } from "./identity-interactions.ts";

const tokenType = "urn:ietf:params:oauth:token-type:access_token";
const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const notStored = { "cache-control": "no-store", pragma: "no-cache" };
const client = "an-example-client";
const known = { name: "a service is known", params: { clientId: client, scope: "inventory token-exchange" } };
const loggedIn = { name: "a user has logged in", params: { userId } };
const wrongSecret = { authorization: basic(client, "an-example-of-a-wrong-secret") };
const url = (path: string) => matching(new RegExp(`https?:\\/\\/\\S+${path}`), `https://identity.example${path}`);

/** The token endpoint (RFC 6749, 8693). */
const tokens: readonly HttpInteraction[] = [
  {
    description: "the next tokens of a login",
    given: [loggedIn],
    request: token({ grant_type: "refresh_token", refresh_token: exampleRefreshToken }),
    response: {
      status: 200,
      headers: notStored,
      body: { ...bearerFor("orders"), refresh_token: opaque("an-example-of-the-next-refresh-token") },
    },
  },
  {
    description: "the next tokens of a login, asked for a second time",
    given: [loggedIn, { name: "the refresh token was used" }],
    request: token({ grant_type: "refresh_token", refresh_token: exampleRefreshToken }),
    response: oauthError("invalid_grant"),
  },
  {
    description: "a client's token",
    given: [known],
    request: { ...token({ grant_type: "client_credentials" }), headers: { authorization: basic(client) } },
    response: {
      status: 200,
      headers: notStored,
      body: bearerFor("inventory"),
    },
  },
  {
    description: "a client's token, with a secret that is not right",
    given: [known],
    request: { ...token({ grant_type: "client_credentials" }), headers: wrongSecret },
    response: clientRefused(),
  },
  {
    description: "a client's token for a scope that it may not have",
    given: [known],
    request: {
      ...token({ grant_type: "client_credentials", scope: "payments" }),
      headers: { authorization: basic(client) },
    },
    response: oauthError("invalid_scope"),
  },
  {
    description: "a token to act for a user with at one service",
    given: [known, loggedIn],
    request: {
      ...token({
        grant_type: tokenExchange,
        subject_token: exampleToken,
        subject_token_type: tokenType,
        audience: "inventory-service",
      }),
      headers: { authorization: basic(client) },
    },
    response: {
      status: 200,
      headers: notStored,
      body: { ...bearerFor("orders"), issued_token_type: tokenType },
    },
  },
  {
    description: "a token by a grant that there is not",
    given: [],
    request: token({ grant_type: "password" }),
    response: oauthError("unsupported_grant_type"),
  },
  {
    description: "a token by no grant",
    given: [],
    request: token({ scope: "orders" }),
    response: oauthError("invalid_request"),
  },
];

/** Revocation (RFC 7009): whoever has a token may end it, and is not told whether it was one. */
const revocation: readonly HttpInteraction[] = [
  {
    description: "the end of a login",
    given: [loggedIn],
    request: { method: "POST", path: "/oauth2/revoke", form: { token: exampleRefreshToken } },
    response: { status: 200, headers: notStored },
  },
  {
    description: "the end of an access token",
    given: [loggedIn],
    request: { method: "POST", path: "/oauth2/revoke", form: { token: exampleToken } },
    response: { status: 200, headers: notStored },
  },
  {
    description: "the end of a token that is none",
    given: [],
    request: { method: "POST", path: "/oauth2/revoke", form: { token: "an-example-of-no-token" } },
    response: { status: 200, headers: notStored },
  },
  {
    description: "the end of nothing",
    given: [],
    request: { method: "POST", path: "/oauth2/revoke", form: { token_type_hint: "refresh_token" } },
    response: oauthError("invalid_request"),
  },
];

/** Introspection (RFC 7662), for clients only. */
const introspection: readonly HttpInteraction[] = [
  {
    description: "what a good token is",
    given: [known, loggedIn],
    request: introspect(exampleToken),
    response: {
      status: 200,
      headers: notStored,
      body: {
        active: true,
        token_type: "Bearer",
        iss: url(""),
        aud: "shop-api",
        sub: userId,
        client_id: "shop",
        role: "customer",
        scope: "orders",
        sid: like("01900000-0000-7000-8000-0000000c051d"),
        jti: like("an-example-of-an-id"),
        iat: like(1_767_225_600),
        exp: like(1_767_226_200),
      },
    },
  },
  {
    description: "what a token of a login that has ended is",
    given: [known, loggedIn, { name: "the login has ended" }],
    request: introspect(exampleToken),
    response: { status: 200, headers: notStored, body: { active: false } },
  },
  {
    description: "what a token is, with a secret that is not right",
    given: [known],
    request: { ...introspect(exampleToken), headers: wrongSecret },
    response: clientRefused(),
  },
];

/** What identity tells of itself (RFC 8414). */
const metadata: HttpInteraction = {
  description: "what the identity service can do",
  given: [],
  request: { method: "GET", path: "/.well-known/oauth-authorization-server" },
  response: {
    status: 200,
    headers: { "cache-control": "public, max-age=300" },
    body: {
      issuer: url(""),
      token_endpoint: url("/oauth2/token"),
      revocation_endpoint: url("/oauth2/revoke"),
      introspection_endpoint: url("/oauth2/introspect"),
      jwks_uri: url("/.well-known/jwks.json"),
      response_types_supported: [],
      grant_types_supported: ["client_credentials", "refresh_token", tokenExchange],
      token_endpoint_auth_methods_supported: eachLike(like("client_secret_basic")),
    },
  },
};

/** The OAuth endpoints that clients reach through the gateway. */
export const oauth: readonly HttpInteraction[] = [...tokens, ...revocation, ...introspection, metadata];

function token(form: Readonly<Record<string, string>>) {
  return { method: "POST", path: "/oauth2/token", form } as const;
}

function bearerFor(scope: string) {
  return { access_token: jwt, token_type: "Bearer", expires_in: like(600), scope };
}

function introspect(value: string) {
  return {
    method: "POST",
    path: "/oauth2/introspect",
    headers: { authorization: basic(client) },
    form: { token: value },
  } as const;
}

function oauthError(error: string, status = 400): HttpResponse {
  return { status, headers: notStored, body: { error, error_description: like("What is wrong this time.") } };
}

function clientRefused(): HttpResponse {
  const refused = oauthError("invalid_client", 401);
  return { ...refused, headers: { ...notStored, "www-authenticate": 'Basic realm="shop"' } };
}
