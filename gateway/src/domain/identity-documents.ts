import { z } from "zod";
import { id, instant } from "./documents.ts";
import { requiredText, text } from "./fields.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

// What stands here is documentation: the identity service reads and checks these bodies, and they are passed on unread.

/** What a user logs in with. */
export const loginBody = z
  .strictObject({ username: requiredText(255), password: text(1024).meta({ minLength: 1 }) })
  .meta({ id: "Login", examples: [{ username: "alice", password: "demo-password" }] });

/** Tokens, as RFC 6749, section 5.1 has them. */
export const tokens = z
  .object({
    access_token: z.string().meta({ description: "A JWT (RFC 9068), for `authorization: Bearer …`." }),
    token_type: z.literal("Bearer"),
    expires_in: z.int().meta({ description: "In seconds." }),
    scope: z.string().optional(),
    refresh_token: z
      .string()
      .optional()
      .meta({ description: "Gives the next access token, and its own successor, once; used again it ends the login." }),
    issued_token_type: z.string().optional().meta({ description: "Only of a token exchange (RFC 8693)." }),
  })
  .meta({
    id: "Tokens",
    examples: [
      {
        access_token: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIi….MEUCIQ…",
        token_type: "Bearer",
        expires_in: 600,
        refresh_token: "wXk1jzq0l2m1pXQ9mS8l9vQ0o1cZ8m7xH2uE5tR4yBA",
      },
    ],
  });

/** A parameter of a form; one without a value counts as absent, and those that nobody knows are ignored. */
const parameter = z.string().meta({ maxLength: 2048, pattern: "^[^\\u0000]*$" });
const tokenParameter = parameter.meta({ maxLength: 8192 });
const given = { minLength: 1 };
const secretNeedsId = {
  anyOf: [
    { properties: { client_secret: { maxLength: 0 } } },
    { required: ["client_id"], properties: { client_id: given } },
  ],
};
/** A grant that takes parameters which others do not. */
const needs = (grant: string, parameters: Readonly<Record<string, object>>, others: object = {}) => ({
  anyOf: [
    { properties: { grant_type: { not: { const: grant } } } },
    { required: Object.keys(parameters), properties: { ...parameters, ...others } },
  ],
});

/** The form of the token endpoint. */
export const tokenForm = z
  .object({
    grant_type: z
      .enum(["client_credentials", "refresh_token", TOKEN_EXCHANGE])
      .meta({ description: "Which of the three is asked for; each takes some of the parameters below." }),
    client_id: parameter.optional().meta({ description: "Where it does not stand in the Authorization header." }),
    client_secret: parameter.optional().meta({ description: "The same." }),
    scope: parameter.optional().meta({ description: "Words with blanks between them. Default: all that is held." }),
    refresh_token: parameter.optional().meta({ description: "refresh_token: the one to be replaced." }),
    subject_token: tokenParameter.optional().meta({ description: "token-exchange: a user's access token." }),
    subject_token_type: parameter.optional().meta({ description: `token-exchange: ${ACCESS_TOKEN}.` }),
    requested_token_type: parameter.optional().meta({ description: "token-exchange: the same, where it is given." }),
    audience: parameter.optional().meta({ description: "token-exchange: the one service it is to be good for." }),
  })
  .catchall(parameter)
  .meta({
    id: "TokenRequest",
    ...secretNeedsId,
    allOf: [
      needs("refresh_token", { refresh_token: given }),
      needs(
        TOKEN_EXCHANGE,
        { subject_token: given, subject_token_type: { const: ACCESS_TOKEN }, audience: given },
        { requested_token_type: { enum: ["", ACCESS_TOKEN] } },
      ),
    ],
    examples: [{ grant_type: "refresh_token", refresh_token: "wXk1jzq0l2m1pXQ9mS8l9vQ0o1cZ8m7xH2uE5tR4yBA" }],
  });

/** The form of the introspection endpoint. */
export const introspectionForm = z
  .object({
    token: tokenParameter.meta({ ...given, description: "An access token or a refresh token." }),
    token_type_hint: parameter.optional().meta({ description: "It is not needed, and may be wrong." }),
    client_id: parameter.optional().meta({ description: "Where it does not stand in the Authorization header." }),
    client_secret: parameter.optional().meta({ description: "The same." }),
  })
  .catchall(parameter)
  .meta({
    id: "IntrospectionRequest",
    ...secretNeedsId,
    examples: [{ token: "wXk1jzq0l2m1pXQ9mS8l9vQ0o1cZ8m7xH2uE5tR4yBA" }],
  });

/** The form of the revocation endpoint. */
export const revocationForm = introspectionForm
  .extend({
    token_type_hint: z.enum(["", "access_token", "refresh_token"]).optional().meta({ description: "It may be wrong." }),
  })
  .meta({
    id: "RevocationRequest",
    ...secretNeedsId,
    examples: [{ token: "wXk1jzq0l2m1pXQ9mS8l9vQ0o1cZ8m7xH2uE5tR4yBA", token_type_hint: "refresh_token" }],
  });

/** What is wrong, as RFC 6749, section 5.2 has it. */
export const oauthError = z
  .object({
    error: z.string().meta({ description: "A word of the RFC, for programs.", examples: ["invalid_grant"] }),
    error_description: z.string().optional().meta({ description: "For people." }),
  })
  .meta({ id: "OAuthError" });

/** What a token is (RFC 7662). */
export const introspection = z
  .looseObject({
    active: z.boolean().meta({ description: "Whether it is good now. Nothing else is told of one that is not." }),
    token_type: z.string().optional(),
    sub: z.string().optional(),
    client_id: z.string().optional(),
    scope: z.string().optional(),
    iss: z.string().optional(),
    aud: z.string().optional(),
    jti: z.string().optional(),
    iat: z.int().optional(),
    exp: z.int().optional(),
  })
  .meta({ id: "Introspection" });

/** The public keys (RFC 7517). */
export const jsonWebKeys = z
  .object({
    keys: z.array(
      z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string().optional(), use: z.string().optional() }),
    ),
  })
  .meta({ id: "JsonWebKeys" });

/** What the identity service can do (RFC 8414). */
export const serverMetadata = z
  .looseObject({
    issuer: z.string(),
    token_endpoint: z.string(),
    jwks_uri: z.string(),
    revocation_endpoint: z.string(),
    introspection_endpoint: z.string(),
    grant_types_supported: z.array(z.string()),
  })
  .meta({ id: "AuthorizationServer" });

/** One of the keys that tokens are signed with. */
export const signingKey = z
  .object({
    kid: z.string(),
    alg: z.enum(["ES256", "RS256"]),
    status: z.enum(["next", "current", "previous"]).meta({
      description: "next: published, and not signed with yet. previous: still verifies what it has signed.",
    }),
    createdAt: instant,
    activatesAt: instant.meta({ description: "When tokens are signed with it." }),
    retiresAt: instant.optional().meta({ description: "When the last token that it has signed has expired." }),
  })
  .meta({ id: "SigningKey" });

/** All of them. */
export const signingKeys = z.object({ keys: z.array(signingKey) }).meta({ id: "SigningKeys" });

const role = z.enum(["customer", "operator", "Admin"]);

const userAddress = z
  .object({ street: z.string(), city: z.string(), state: z.string(), zipCode: z.string(), country: z.string() })
  .meta({ id: "UserAddress" });

const newUserAddress = z
  .strictObject({
    street: requiredText(200),
    city: requiredText(200),
    state: text(200).optional(),
    zipCode: requiredText(200),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .meta({ description: "ISO 3166-1 alpha-2." }),
  })
  .meta({ id: "NewUserAddress" });

// Not \p{Cc}, \p{Cf} and \s: what they are is not the same for everybody who reads the description.
const controls = "\\u0000-\\u001f\\u007f-\\u009f";
const formats =
  "\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e\\u200b-\\u200f\\u202a-\\u202e" +
  "\\u2060-\\u2064\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}" +
  "\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}";
const blanks = " \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** No character that is not seen, and no blank at the ends. */
const unseen = `${controls}${formats}\\u2028\\u2029\\ufffd`;
const username = text(255).meta({
  minLength: 1,
  description: "In its plain form (Unicode NFKC).",
  pattern: `^[^${blanks}${unseen}]([^${unseen}]*[^${blanks}${unseen}])?$`,
});

const noMail = `^${controls}${blanks}\\ufeff\\ufffd@<>"(),:;\\[\\]\\\\`;
const email = text(254).meta({ minLength: 1, pattern: `^[${noMail}]+@[${noMail}]+\\.[${noMail}.]+$` });

/** A new user. */
export const newUserBody = z
  .strictObject({
    username,
    password: text(1024).meta({ minLength: 8, description: "None that is guessed first." }),
    role,
    name: requiredText(200),
    email,
    addresses: z.array(newUserAddress).max(20).optional(),
  })
  .meta({
    id: "NewUser",
    examples: [
      {
        username: "carol",
        password: "a-password-of-her-own",
        role: "customer",
        name: "Carol Cook",
        email: "carol@example.com",
        addresses: [{ street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" }],
      },
    ],
  });

/** A user as answers give one. */
export const user = z
  .object({
    userId: id,
    username: z.string(),
    role,
    name: z.string(),
    email: z.string(),
    addresses: z.array(userAddress).meta({ description: "The first is where an order without an address goes." }),
  })
  .meta({ id: "User" });
