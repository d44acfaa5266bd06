import type { FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Identity } from "../clients/identity-client.ts";
import type { App, Parts } from "./app.ts";
import { clientSignal } from "./authentication.ts";
import { type IdentityRoute, identityRoutes } from "./identity-routes.ts";
import { unchecked } from "./validator.ts";

const PREFIX = "/auth";

/** What of a request identity may see; everything else, also what concerns the connection only, ends here. */
const PASSED_ON = ["accept", "authorization", "content-type", "if-none-match"];

/** /auth/…: what the identity service answers, as it answers it. Bodies are passed on unread. */
export async function passOnToIdentity(app: App, { identity }: Parts): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_req, body, done) => done(null, body));
    const typed = scope.withTypeProvider<ZodTypeProvider>();
    for (const route of identityRoutes) {
      typed.route({
        method: route.method,
        url: `${PREFIX}${route.path}`,
        schema: { tags: [route.tag], ...route.schema },
        validatorCompiler: unchecked("headers", "body"),
        handler: (req, reply) => passOn(identity, route, req, reply),
      });
    }
    done();
  });
}

async function passOn(
  identity: Identity,
  { method, path }: IdentityRoute,
  req: FastifyRequest,
  reply: FastifyReply,
): Promise<Buffer> {
  const answered = await identity.passOn({
    method,
    path: withParameters(path, req.params as Record<string, string>),
    body: Buffer.isBuffer(req.body) ? req.body : undefined,
    headers: { ...passedOn(req), "x-forwarded-for": req.ip },
    signal: clientSignal(reply),
  });
  reply.code(answered.status).headers(answered.headers);
  return answered.body;
}

/** The parameters were checked: none of them is a step in a path. */
function withParameters(path: string, params: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_match, name: string) => encodeURIComponent(params[name] ?? ""));
}

function passedOn({ raw }: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(PASSED_ON.map((name) => [name, raw.headers[name]?.toString()]));
}
