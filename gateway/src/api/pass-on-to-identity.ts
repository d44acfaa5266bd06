import type { FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Identity } from "../clients/identity-client.ts";
import type { App, Parts } from "./app.ts";
import { clientSignal } from "./authentication.ts";
import { type AnswerDoc, answer, problems } from "./openapi.ts";

const PREFIX = "/auth";

const tokens = z
  .object({
    access_token: z.string(),
    token_type: z.literal("Bearer"),
    expires_in: z.int().meta({ description: "In seconds." }),
    refresh_token: z.string().optional(),
  })
  .meta({ id: "Tokens" });

const jsonObject = z.looseObject({});

interface PassedOn {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly schema: {
    readonly summary: string;
    readonly description?: string;
    readonly consumes?: string[];
    readonly body?: z.ZodType;
    readonly response: Record<number, AnswerDoc>;
  };
}

const routes: readonly PassedOn[] = [
  {
    method: "POST",
    path: "/login",
    schema: {
      summary: "Log in",
      body: z
        .object({ username: z.string(), password: z.string() })
        .meta({ id: "Login", examples: [{ username: "alice", password: "demo-password" }] }),
      response: {
        200: answer("The user's tokens.", tokens),
        ...problems("VALIDATION_FAILED", "UNAUTHENTICATED", "RATE_LIMITED", "UNAVAILABLE"),
      },
    },
  },
  {
    method: "POST",
    path: "/oauth2/token",
    schema: {
      summary: "Get a token (RFC 6749)",
      consumes: ["application/x-www-form-urlencoded"],
      body: z
        .object({
          grant_type: z.string().meta({ examples: ["client_credentials"] }),
          client_id: z.string().optional(),
          client_secret: z.string().optional(),
          scope: z.string().optional(),
          refresh_token: z.string().optional(),
        })
        .meta({ id: "TokenRequest" }),
      response: {
        200: answer("The token.", tokens),
        400: answer("An error of RFC 6749, section 5.2.", jsonObject),
        401: answer("The client is not known.", jsonObject),
        ...problems("RATE_LIMITED", "UNAVAILABLE"),
      },
    },
  },
  {
    method: "GET",
    path: "/.well-known/jwks.json",
    schema: {
      summary: "Read the keys that verify tokens (RFC 7517)",
      response: { 200: answer("The keys.", jsonObject), ...problems("UNAVAILABLE") },
    },
  },
  {
    method: "GET",
    path: "/.well-known/oauth-authorization-server",
    schema: {
      summary: "Read what the identity service can do (RFC 8414)",
      response: { 200: answer("Its metadata.", jsonObject), ...problems("UNAVAILABLE") },
    },
  },
];

/** /auth/…: what the identity service answers, as it answers it. Bodies are passed on unread. */
export async function passOnToIdentity(app: App, { identity }: Parts): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_req, body, done) => done(null, body));
    const typed = scope.withTypeProvider<ZodTypeProvider>();
    for (const { method, path, schema } of routes) {
      typed.route({
        method,
        url: `${PREFIX}${path}`,
        schema: { tags: ["auth"], ...schema },
        validatorCompiler: () => (value) => ({ value }),
        handler: (req, reply) => passOn(identity, { method, path }, req, reply),
      });
    }
    done();
  });
}

async function passOn(
  identity: Identity,
  { method, path }: Pick<PassedOn, "method" | "path">,
  req: FastifyRequest,
  reply: FastifyReply,
): Promise<Buffer> {
  const answered = await identity.passOn({
    method,
    path,
    body: Buffer.isBuffer(req.body) ? req.body : undefined,
    headers: {
      accept: req.headers.accept,
      authorization: req.headers.authorization,
      "content-type": req.headers["content-type"],
      "x-forwarded-for": req.ip,
    },
    signal: clientSignal(reply),
  });
  reply.code(answered.status).headers(answered.headers);
  return answered.body;
}
