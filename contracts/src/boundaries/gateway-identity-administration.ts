import type { HttpInteraction, HttpRequest } from "../http-interaction.ts";
import { eachLike, like, matching, timestamp, uuid } from "../match.ts";
import { exampleKid, exampleToken, nobodysId, problem, userId } from "./identity-interactions.ts";

const problemType = { "content-type": "application/problem+json" };
const notStored = { "cache-control": "no-store" };
const admin = { name: "an Admin has a token" };
const address = { street: "1 Example Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
const profile = { username: "an-example-user", name: "Erika Example", email: "erika@example.com" };
const aUser = { name: "a user has a profile", params: { userId, ...profile, ...address } };
const newUser = { ...profile, username: "an-example-of-a-new-user", role: "customer", addresses: [address] };
/** Whoever is removed is somebody whom no other interaction knows: their tokens are refused from then on. */
const removedUserId = "01900000-0000-7000-8000-0000000c0e0d";
const example = timestamp("2026-01-01T00:00:00.000Z");
const key = { kid: matching(/[\w-]+/, exampleKid), alg: "ES256", createdAt: example, activatesAt: example };

const keys: readonly HttpInteraction[] = [
  {
    description: "the keys that are signed with",
    given: [admin],
    request: asAdmin("GET", "/keys"),
    response: {
      status: 200,
      headers: notStored,
      body: { keys: eachLike({ ...key, status: matching(/next|current|previous/, "current") }) },
    },
  },
  {
    description: "a new key",
    given: [admin],
    request: asAdmin("POST", "/keys/rotate"),
    response: { status: 202, headers: notStored, body: { ...key, status: "next" } },
  },
  {
    description: "the removal of a key",
    given: [admin, { name: "a key waits for its time" }],
    request: asAdmin("DELETE", `/keys/${exampleKid}`),
    response: { status: 204 },
  },
  {
    description: "the removal of a key that there is not",
    given: [admin],
    request: asAdmin("DELETE", "/keys/no-key-of-that-name"),
    response: { status: 404, headers: problemType, body: problem(404, "NOT_FOUND") },
  },
];

const users: readonly HttpInteraction[] = [
  {
    description: "a new user",
    given: [admin, { name: "there is no user of that name", params: { username: newUser.username } }],
    request: asAdmin("POST", "/users", { ...newUser, password: "an-example-password" }),
    response: {
      status: 201,
      headers: {
        ...notStored,
        location: matching(/https?:\/\/\S+\/users\/[0-9a-f-]{36}/, `https://identity.example/users/${userId}`),
      },
      body: { ...newUser, userId: uuid(userId) },
    },
  },
  {
    description: "a new user of a name that is taken",
    given: [admin, aUser],
    request: asAdmin("POST", "/users", { ...newUser, username: profile.username, password: "an-example-password" }),
    response: { status: 409, headers: problemType, body: problem(409, "USER_EXISTS") },
  },
  {
    description: "a new user with much that is wrong",
    given: [admin],
    request: asAdmin("POST", "/users", { ...newUser, email: "nowhere", role: "king", password: "short" }),
    response: {
      status: 400,
      headers: problemType,
      body: {
        ...problem(400, "VALIDATION_FAILED"),
        errors: ["password", "role", "email"].map((field) => ({ field, message: like("is not good enough") })),
      },
    },
  },
  {
    description: "a user",
    given: [admin, aUser],
    request: asAdmin("GET", `/users/${userId}`),
    response: {
      status: 200,
      headers: notStored,
      body: { userId, ...profile, role: "customer", addresses: [address] },
    },
  },
  {
    description: "a user who does not exist",
    given: [admin],
    request: asAdmin("GET", `/users/${nobodysId}`),
    response: { status: 404, headers: problemType, body: problem(404, "NOT_FOUND") },
  },
  {
    description: "the removal of a user",
    given: [admin, { name: "a user has a profile", params: { userId: removedUserId } }],
    request: asAdmin("DELETE", `/users/${removedUserId}`),
    response: { status: 204, headers: notStored },
  },
  {
    description: "the removal of the last Admin",
    given: [{ name: "only one Admin is left, who has a token", params: { userId } }],
    request: asAdmin("DELETE", `/users/${userId}`),
    response: {
      status: 409,
      headers: problemType,
      body: { ...problem(409, "FAILED_PRECONDITION"), reason: "LAST_ADMIN" },
    },
  },
];

const forbidden: readonly HttpInteraction[] = [
  {
    description: "something for Admins, without a token",
    given: [],
    request: { method: "GET", path: "/keys" },
    response: {
      status: 401,
      headers: { ...problemType, "www-authenticate": 'Bearer realm="shop"' },
      body: problem(401, "UNAUTHENTICATED"),
    },
  },
  {
    description: "something for Admins, by a customer",
    given: [{ name: "a user has logged in", params: { userId } }],
    request: asAdmin("GET", "/keys"),
    response: { status: 403, headers: problemType, body: problem(403, "PERMISSION_DENIED") },
  },
];

/** What Admins do: keys and users. */
export const administration: readonly HttpInteraction[] = [...keys, ...users, ...forbidden];

function asAdmin(method: HttpRequest["method"], path: string, body?: HttpRequest["body"]): HttpRequest {
  const headers = { authorization: `Bearer ${exampleToken}` };
  return { method, path, headers, ...(body !== undefined && { body }) };
}
