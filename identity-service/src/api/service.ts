import type { Log } from "@shop/platform/logging";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type BodyForm, takeBodies } from "./body-forms.ts";
import { deleteUser } from "./delete-user.ts";
import { getProfile } from "./get-profile.ts";
import { getUser } from "./get-user.ts";
import { createHttpApp, type HttpOptions } from "./http-app.ts";
import type { Identity } from "./identity.ts";
import { introspect } from "./introspect.ts";
import { jwks } from "./jwks.ts";
import { listKeys } from "./list-keys.ts";
import { login } from "./login.ts";
import { metadata } from "./metadata.ts";
import { postUser } from "./post-user.ts";
import { type RouteMethod, refuseOtherMethods } from "./refuse-other-methods.ts";
import { removeKey } from "./remove-key.ts";
import { revocations } from "./revocations.ts";
import { revokeToken } from "./revoke.ts";
import { rotateKeys } from "./rotate-keys.ts";
import { type ErrorForm, sendErrorsAs } from "./send-error.ts";
import { token } from "./token.ts";

interface Route {
  readonly method: RouteMethod;
  readonly path: string;
  readonly takes: BodyForm;
  readonly errors: ErrorForm;
  readonly handle: (identity: Identity, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

const oauthMetadata = "/.well-known/oauth-authorization-server";

/** Everything that this service answers. */
export const routes: readonly Route[] = [
  { method: "POST", path: "/login", takes: "json", errors: "problem", handle: login },
  { method: "POST", path: "/oauth2/token", takes: "form", errors: "oauth", handle: token },
  { method: "POST", path: "/oauth2/revoke", takes: "form", errors: "oauth", handle: revokeToken },
  { method: "POST", path: "/oauth2/introspect", takes: "form", errors: "oauth", handle: introspect },
  { method: "GET", path: "/.well-known/jwks.json", takes: "nothing", errors: "problem", handle: jwks },
  { method: "GET", path: oauthMetadata, takes: "nothing", errors: "problem", handle: metadata },
  { method: "GET", path: "/revocations", takes: "nothing", errors: "problem", handle: revocations },
  { method: "GET", path: "/internal/profiles/:userId", takes: "nothing", errors: "problem", handle: getProfile },
  { method: "GET", path: "/keys", takes: "nothing", errors: "problem", handle: listKeys },
  { method: "POST", path: "/keys/rotate", takes: "nothing", errors: "problem", handle: rotateKeys },
  { method: "DELETE", path: "/keys/:kid", takes: "nothing", errors: "problem", handle: removeKey },
  { method: "POST", path: "/users", takes: "json", errors: "problem", handle: postUser },
  { method: "GET", path: "/users/:userId", takes: "nothing", errors: "problem", handle: getUser },
  { method: "DELETE", path: "/users/:userId", takes: "nothing", errors: "problem", handle: deleteUser },
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
      done();
    });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method);
    app.register((scope, _options, done) => {
      sendErrorsAs(scope, routes.find((route) => route.path === path)?.errors ?? "problem", log);
      refuseOtherMethods(scope, path, methods);
      done();
    });
  }
  return app;
}
