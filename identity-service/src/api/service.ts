import type { Log } from "@shop/platform/logging";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BodyForm, takeBodies } from "./body-forms.ts";
import { getProfile } from "./get-profile.ts";
import { createHttpApp, type HttpOptions } from "./http-app.ts";
import type { Identity } from "./identity.ts";
import { jwks } from "./jwks.ts";
import { login } from "./login.ts";
import { metadata } from "./metadata.ts";
import { refuseOtherMethods } from "./refuse-other-methods.ts";
import { type ErrorForm, sendErrorsAs } from "./send-error.ts";
import { token } from "./token.ts";

interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly takes: BodyForm;
  readonly errors: ErrorForm;
  readonly handle: (identity: Identity, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** Everything that this service answers. */
const routes: readonly Route[] = [
  { method: "POST", path: "/login", takes: "json", errors: "problem", handle: login },
  { method: "POST", path: "/oauth2/token", takes: "form", errors: "oauth", handle: token },
  { method: "GET", path: "/.well-known/jwks.json", takes: "nothing", errors: "problem", handle: jwks },
  {
    method: "GET",
    path: "/.well-known/oauth-authorization-server",
    takes: "nothing",
    errors: "problem",
    handle: metadata,
  },
  { method: "GET", path: "/internal/profiles/:userId", takes: "nothing", errors: "problem", handle: getProfile },
];

/** The HTTP server with all routes; it does not listen yet. */
export function createIdentityApp(identity: Identity, log: Log, options: HttpOptions): FastifyInstance {
  const app = createHttpApp(log, options);
  for (const route of routes) {
    // A scope of its own for each route, so that its body form and its error form are its alone.
    app.register((scope, _options, done) => {
      takeBodies(scope, route.takes);
      sendErrorsAs(scope, route.errors, log);
      scope.route({
        method: route.method,
        url: route.path,
        handler: (request, reply) => route.handle(identity, request, reply),
      });
      refuseOtherMethods(scope, route);
      done();
    });
  }
  return app;
}
