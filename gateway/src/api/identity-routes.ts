import { z } from "zod";
import { uuid } from "../domain/fields.ts";
import {
  introspection,
  introspectionForm,
  jsonWebKeys,
  loginBody,
  newUserBody,
  revocationForm,
  serverMetadata,
  signingKey,
  signingKeys,
  tokenForm,
  tokens,
  user,
} from "../domain/identity-documents.ts";
import { oauthErrors } from "./oauth-errors.ts";
import { type AnswerDoc, answer, answerAs, bearer, noAnswer, operatorProblems, problems } from "./openapi.ts";

/** A route of the identity service that is passed on, and what it is documented as. */
export interface IdentityRoute {
  readonly method: "GET" | "POST" | "DELETE";
  /** Identity's own path. */
  readonly path: string;
  readonly schema: {
    readonly summary: string;
    readonly description?: string;
    readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
    readonly consumes?: string[];
    readonly params?: z.ZodType;
    readonly headers?: z.ZodType;
    readonly body?: z.ZodType;
    readonly response: Readonly<Record<number, AnswerDoc>>;
  };
}

const form = { consumes: ["application/x-www-form-urlencoded"] };
const knownVersion = z.object({
  "If-None-Match": z.string().optional().meta({ description: "The ETag of an earlier answer." }),
});
const version = { ETag: { type: "string", description: "The version of this answer." } };
const location = { Location: { type: "string", description: "Where it can be read." } };
/** What a body is answered with where none is taken. */
const unwanted = ["PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"] as const;
const kid = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, "must be a key's id")
  .meta({ description: "A key's id.", examples: ["2ZGc1r7p8Qk3"] });

const doors: readonly IdentityRoute[] = [
  {
    method: "POST",
    path: "/login",
    schema: {
      summary: "Log in",
      description: "Failed logins make the next one wait, longer each time.",
      body: loginBody,
      response: {
        200: answer("The user's tokens.", tokens),
        ...problems(
          "VALIDATION_FAILED",
          "MALFORMED_BODY",
          "UNAUTHENTICATED",
          "PAYLOAD_TOO_LARGE",
          "UNSUPPORTED_MEDIA_TYPE",
          "RATE_LIMITED",
          "OVERLOADED",
          "UNAVAILABLE",
        ),
      },
    },
  },
  {
    method: "POST",
    path: "/oauth2/token",
    schema: {
      summary: "Get a token (RFC 6749, RFC 8693)",
      description:
        "`refresh_token`: a login's next access token, and the refresh token that takes the place of the one used. " +
        "`client_credentials`: a service's token. `urn:ietf:params:oauth:grant-type:token-exchange`: for a service that " +
        "acts for a user, a token that is good for one other service only.",
      security: [{ client: [] }, {}],
      ...form,
      body: tokenForm,
      response: { 200: answer("The token.", tokens), ...oauthErrors },
    },
  },
  {
    method: "POST",
    path: "/oauth2/revoke",
    schema: {
      summary: "Log out (RFC 7009)",
      description:
        "Revokes a token, a refresh token with its whole login. A token that is none is answered in the same way.",
      security: [{ client: [] }, {}],
      ...form,
      body: revocationForm,
      response: { 200: noAnswer("It is good no more."), ...oauthErrors },
    },
  },
  {
    method: "POST",
    path: "/oauth2/introspect",
    schema: {
      summary: "Tell whether a token is good (RFC 7662)",
      description: "For services, which authenticate as clients.",
      security: [{ client: [] }],
      ...form,
      body: introspectionForm,
      response: { 200: answer("What it is, where it is good.", introspection), ...oauthErrors },
    },
  },
  {
    method: "GET",
    path: "/.well-known/jwks.json",
    schema: {
      summary: "Read the keys that verify tokens (RFC 7517)",
      headers: knownVersion,
      response: {
        200: answerAs("application/jwk-set+json", "The keys.", jsonWebKeys, version),
        304: noAnswer("They are still those of this ETag.", version),
        ...problems("RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
  },
  {
    method: "GET",
    path: "/.well-known/oauth-authorization-server",
    schema: {
      summary: "Read what the identity service can do (RFC 8414)",
      response: {
        200: answer("Its metadata.", serverMetadata),
        ...problems("RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
  },
];

const administration: readonly IdentityRoute[] = [
  {
    method: "GET",
    path: "/keys",
    schema: {
      summary: "List the keys that tokens are signed with",
      description: "For Admins.",
      security: bearer,
      response: { 200: answer("The keys.", signingKeys), ...operatorProblems() },
    },
  },
  {
    method: "POST",
    path: "/keys/rotate",
    schema: {
      summary: "Sign with a new key from now on",
      description:
        "It is published at once, and signs as soon as every service has had the time to read it. The one before " +
        "verifies until its last token has expired. For Admins.",
      security: bearer,
      response: { 202: answer("The new key.", signingKey), ...operatorProblems("FAILED_PRECONDITION", ...unwanted) },
    },
  },
  {
    method: "DELETE",
    path: "/keys/:kid",
    schema: {
      summary: "Remove a key",
      description: "What it has signed is refused everywhere within 10 s. For Admins.",
      security: bearer,
      params: z.object({ kid }),
      response: { 204: noAnswer("It is gone."), ...operatorProblems("NOT_FOUND", "FAILED_PRECONDITION", ...unwanted) },
    },
  },
  {
    method: "POST",
    path: "/users",
    schema: {
      summary: "Create a user",
      description: "For Admins.",
      security: bearer,
      body: newUserBody,
      response: {
        201: answer("The user.", user, location),
        ...operatorProblems("MALFORMED_BODY", "USER_EXISTS", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"),
      },
    },
  },
  {
    method: "GET",
    path: "/users/:userId",
    schema: {
      summary: "Read a user",
      description: "For Admins.",
      security: bearer,
      params: z.object({ userId: uuid }),
      response: { 200: answer("The user.", user), ...operatorProblems("NOT_FOUND") },
    },
  },
  {
    method: "DELETE",
    path: "/users/:userId",
    schema: {
      summary: "Delete a user",
      description: "All of the user's tokens are refused everywhere within 10 s. For Admins.",
      security: bearer,
      params: z.object({ userId: uuid }),
      response: {
        204: noAnswer("The user is gone."),
        ...operatorProblems("NOT_FOUND", "FAILED_PRECONDITION", ...unwanted),
      },
    },
  },
];

/**
 * What clients use of the identity service. Nothing else of it can be reached from outside: `/internal/…` is for services,
 * and so is `/revocations`, which they read where identity is, and which may be of a size that nobody else should ask for.
 */
export const identityRoutes: readonly (IdentityRoute & { readonly tag: string })[] = [
  ...doors.map((route) => ({ ...route, tag: "auth" })),
  ...administration.map((route) => ({ ...route, tag: "administration" })),
];
