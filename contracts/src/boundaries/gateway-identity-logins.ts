import type { HttpInteraction, HttpRequest } from "../http-interaction.ts";
import { like, matching } from "../match.ts";
import { exampleRefreshToken, jwt, opaque, problem, userId } from "./identity-interactions.ts";

const username = "an-example-user";
const password = "an-example-password";
const refused = "The username or the password is not right.";
const problemType = { "content-type": "application/problem+json" };
const canLogIn = { name: "a user can log in", params: { userId, username, password, role: "customer" } };

/** The network that the client is in: identity slows down who guesses from it. */
const from = { "x-forwarded-for": matching(/[0-9a-f.:]+/, "127.0.0.1") };

/** Users log in. Who is refused is not told why. */
export const logins: readonly HttpInteraction[] = [
  {
    description: "a login",
    given: [canLogIn],
    request: login({ username, password }),
    response: {
      status: 200,
      headers: { "cache-control": "no-store" },
      body: {
        access_token: jwt,
        token_type: "Bearer",
        expires_in: like(600),
        refresh_token: opaque(exampleRefreshToken),
      },
    },
  },
  {
    description: "a login with a wrong password",
    given: [canLogIn],
    request: login({ username, password: "an-example-of-a-wrong-password" }),
    response: {
      status: 401,
      headers: { ...problemType, "www-authenticate": 'Bearer realm="shop"' },
      body: { ...problem(401, "UNAUTHENTICATED"), detail: refused },
    },
  },
  {
    description: "a login of somebody who does not exist",
    given: [],
    request: login({ username: "nobody-of-that-name", password }),
    response: {
      status: 401,
      headers: { ...problemType, "www-authenticate": 'Bearer realm="shop"' },
      body: { ...problem(401, "UNAUTHENTICATED"), detail: refused },
    },
  },
  {
    description: "a login after too many that failed",
    given: [{ name: "too many logins have failed", params: { username: "an-example-of-a-guessed-name" } }],
    request: login({ username: "an-example-of-a-guessed-name", password }),
    response: {
      status: 429,
      headers: { ...problemType, "retry-after": matching(/[1-9]\d*/, "1") },
      body: problem(429, "RATE_LIMITED"),
    },
  },
  {
    description: "a login without a password and with a field that nobody knows",
    given: [],
    request: login({ username, remember: "yes" }),
    response: {
      status: 400,
      headers: problemType,
      body: {
        ...problem(400, "VALIDATION_FAILED"),
        errors: [
          { field: "password", message: like("is required") },
          { field: "remember", message: like("is not a field of this request") },
        ],
      },
    },
  },
  {
    description: "a login that is no object",
    given: [],
    request: { method: "POST", path: "/login", headers: from, body: [] },
    response: { status: 400, headers: problemType, body: problem(400, "MALFORMED_BODY") },
  },
  {
    description: "a login as a form",
    given: [],
    request: { method: "POST", path: "/login", headers: from, form: { username, password } },
    response: { status: 415, headers: problemType, body: problem(415, "UNSUPPORTED_MEDIA_TYPE") },
  },
];

function login(body: Readonly<Record<string, string>>): HttpRequest {
  return { method: "POST", path: "/login", headers: from, body };
}
