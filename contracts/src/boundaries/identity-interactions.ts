import type { HttpInteraction, HttpRequest } from "../http-interaction.ts";
import { eachLike, like, type Matcher, matching } from "../match.ts";

/** What clients of these contracts prove themselves with; it opens nothing anywhere else. */
export const exampleSecret = "an-example-secret-that-opens-nothing";

/** Stands for a token in the pacts; a verification sends a real one in its place. */
export const exampleToken = "an-example.of-an-access.token";

/** Stands for the refresh token of a login. */
export const exampleRefreshToken = "an-example-of-a-refresh-token";

/** Stand for the versions of the documents that a reader has already. */
export const exampleKeysVersion = '"an-example-of-the-version-of-the-keys"';
export const exampleRevocationsVersion = '"an-example-of-the-version-of-the-revocations"';

/** Stands for the id of a key. */
export const exampleKid = "an-example-of-a-key";

/** The user whom the contracts speak of, and one whom nobody has heard of. */
export const userId = "01900000-0000-7000-8000-0000000c0001";
export const nobodysId = "01900000-0000-7000-8000-0000000c0404";

/** The user who was deleted, and what the list of revocations has for everything of theirs: SHA-256 of `sub:<id>`. */
export const deletedUserId = "01900000-0000-7000-8000-0000000c0dad";
export const deletedUserEntry = "7upGN2a0lfjfFaEYmn73eKrJrFeBfIjJSkGuXhEij5Y";

/** A public key, of RFC 7517, appendix A.1. */
export const exampleKey = {
  kty: "EC",
  crv: "P-256",
  x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
  y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
  kid: "an-example-key",
};

/** A compact JWT. */
export const jwt: Matcher = matching(/[\w-]+\.[\w-]+\.[\w-]+/, exampleToken);

/** A text that only identity reads anything out of. */
export function opaque(example: string): Matcher {
  return matching(/[\w-]+/, example);
}

/** The version of a document, by which a reader asks whether it has changed. */
function version(example: string): Matcher {
  return matching(/"[\w-]+"/, example);
}

/** The Authorization header of a service that asks for its own token. */
export function basic(clientId: string, secret = exampleSecret): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;
}

/** A problem document, as RFC 9457 has it, with our code. */
export function problem(status: number, code: string, more: Readonly<Record<string, Matcher>> = {}) {
  return {
    type: `urn:shop:problem:${code.toLowerCase().replaceAll("_", "-")}`,
    title: like("What kind of problem it is"),
    status,
    code,
    detail: like("What is wrong this time."),
    ...more,
  };
}

/** A service gets a token of its own. */
export function ownToken(clientId: string, scope: string): readonly HttpInteraction[] {
  const request = {
    method: "POST",
    path: "/oauth2/token",
    headers: { authorization: basic(clientId) },
    form: { grant_type: "client_credentials" },
  } as const satisfies HttpRequest;
  return [
    {
      description: "a service's own token",
      given: [{ name: "a service is known", params: { clientId, scope } }],
      request,
      response: {
        status: 200,
        headers: { "cache-control": "no-store" },
        body: { access_token: jwt, token_type: "Bearer", expires_in: like(600), scope },
      },
    },
    {
      description: "a service's own token, with a secret that is not right",
      given: [{ name: "a service is known", params: { clientId, scope } }],
      request: { ...request, headers: { authorization: basic(clientId, "an-example-of-a-wrong-secret") } },
      response: {
        status: 401,
        headers: { "www-authenticate": 'Basic realm="shop"' },
        body: { error: "invalid_client", error_description: like("The client is unknown.") },
      },
    },
  ];
}

/** What everybody who verifies tokens reads again and again: the keys, and what was taken back. */
export const polledDocuments: readonly HttpInteraction[] = [
  {
    description: "the keys that verify tokens",
    given: [],
    request: { method: "GET", path: "/.well-known/jwks.json" },
    response: {
      status: 200,
      headers: { "content-type": "application/jwk-set+json", etag: version(exampleKeysVersion) },
      body: {
        keys: eachLike({
          kty: "EC",
          crv: "P-256",
          x: matching(/[\w-]{43}/, exampleKey.x),
          y: matching(/[\w-]{43}/, exampleKey.y),
          kid: matching(/[\w-]+/, exampleKey.kid),
          alg: "ES256",
          use: "sig",
        }),
      },
    },
  },
  {
    description: "the keys that the reader has already",
    given: [{ name: "the reader has the keys" }],
    request: { method: "GET", path: "/.well-known/jwks.json", headers: { "if-none-match": exampleKeysVersion } },
    response: { status: 304, headers: { etag: version(exampleKeysVersion) } },
  },
  {
    description: "what was taken back, which is one user's everything",
    given: [{ name: "a user was deleted, and nothing else was taken back", params: { userId: deletedUserId } }],
    request: { method: "GET", path: "/revocations" },
    response: {
      status: 200,
      headers: { etag: version(exampleRevocationsVersion) },
      body: { revoked: [deletedUserEntry] },
    },
  },
  {
    description: "what was taken back, which is nothing",
    given: [{ name: "nothing was taken back" }],
    request: { method: "GET", path: "/revocations" },
    response: { status: 200, headers: { etag: version(exampleRevocationsVersion) }, body: { revoked: [] } },
  },
  {
    description: "what was taken back, which the reader has already",
    given: [{ name: "the reader has what was taken back" }],
    request: { method: "GET", path: "/revocations", headers: { "if-none-match": exampleRevocationsVersion } },
    response: { status: 304, headers: { etag: version(exampleRevocationsVersion) } },
  },
];

/** What a profile is read with. */
export function profileRequest(id: string, token = exampleToken): HttpRequest {
  return { method: "GET", path: `/internal/profiles/${id}`, headers: { authorization: `Bearer ${token}` } };
}

/** A profile that cannot be read. */
export const refusedProfiles: readonly HttpInteraction[] = [
  {
    description: "the profile of somebody who does not exist",
    given: [{ name: "a service has a token", params: { scope: "profiles" } }],
    request: profileRequest(nobodysId),
    response: {
      status: 404,
      headers: { "content-type": "application/problem+json" },
      body: problem(404, "NOT_FOUND"),
    },
  },
  {
    description: "a profile, with a token that does not count",
    given: [],
    request: profileRequest(userId, "an-example-of.a-token.that-does-not-count"),
    response: {
      status: 401,
      headers: { "content-type": "application/problem+json", "www-authenticate": 'Bearer realm="shop"' },
      body: problem(401, "UNAUTHENTICATED"),
    },
  },
  {
    description: "a profile, with a token that is for something else",
    given: [{ name: "a service has a token", params: { scope: "inventory" } }],
    request: profileRequest(userId),
    response: {
      status: 403,
      headers: { "content-type": "application/problem+json" },
      body: problem(403, "PERMISSION_DENIED"),
    },
  },
];
