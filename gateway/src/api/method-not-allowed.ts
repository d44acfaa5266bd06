import { AppError } from "@shop/platform/errors";
import type { FastifyReply } from "fastify";
import type { App } from "./app.ts";
import { answerUnknown } from "./problems.ts";

/** The methods that bring a body, which must not be read first. */
const withBody = ["POST", "PUT", "PATCH", "DELETE", "QUERY"];

/**
 * Answers METHOD_NOT_ALLOWED, with the methods that are, on every path that `addRoutes` gives a route, and OPTIONS with
 * the same list.
 */
export async function refuseOtherMethods(app: App, addRoutes: () => Promise<void>): Promise<void> {
  const asked = new Map<string, Set<string>>();
  let isListening = true;
  app.addHook("onRoute", ({ url, method }) => {
    if (!isListening) return;
    const methods = asked.get(url) ?? new Set();
    asked.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  await addRoutes();
  isListening = false;
  const paths = [...asked].map(([url, methods]) => ({ url, allowed: [...methods, "OPTIONS"] }));
  for (const { url, allowed } of paths) refuse(app, url, allowed);

  // There are more methods than it would pay to have routes for.
  const patterns = paths.map(({ url, allowed }) => ({ pattern: patternOf(url), allowed }));
  answerUnknown(app, (req, reply) => {
    const [path = ""] = req.url.split("?");
    const found = patterns.find(({ pattern }) => pattern.test(path));
    if (found) throwNotAllowed(reply, found.allowed);
  });
}

function refuse(app: App, url: string, allowed: readonly string[]): void {
  app.route({
    url,
    method: "OPTIONS",
    schema: { hide: true },
    handler: (_req, reply) => reply.code(204).header("allow", allowed.join(", ")).send(),
  });
  app.route({
    url,
    method: withBody.filter((method) => !allowed.includes(method)),
    schema: { hide: true },
    onRequest: (_req, reply) => throwNotAllowed(reply, allowed),
    handler: () => undefined,
  });
}

function throwNotAllowed(reply: FastifyReply, allowed: readonly string[]): never {
  reply.header("allow", allowed.join(", "));
  throw new AppError("METHOD_NOT_ALLOWED", `Only ${allowed.join(", ")} can be asked of this path.`);
}

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`);
}
