import { METHODS } from "node:http";
import { AppError } from "@shop/platform/errors";
import type { App } from "./app.ts";

/** CONNECT never gets as far as a route. */
const methods = METHODS.filter((method) => method !== "CONNECT");

/**
 * Answers METHOD_NOT_ALLOWED, with the methods that are, on every path that `addRoutes` gives a route, and OPTIONS with
 * the same list.
 */
export async function refuseOtherMethods(app: App, addRoutes: () => Promise<void>): Promise<void> {
  const allowed = new Map<string, Set<string>>();
  let isListening = true;
  app.addHook("onRoute", ({ url, method }) => {
    if (!isListening) return;
    const methods = allowed.get(url) ?? new Set();
    allowed.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  await addRoutes();
  isListening = false;
  for (const method of methods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  for (const [url, methods] of allowed) refuse(app, url, methods);
}

function refuse(app: App, url: string, asked: ReadonlySet<string>): void {
  const allowed = [...asked, "OPTIONS"];
  const allow = allowed.join(", ");
  app.route({
    url,
    method: "OPTIONS",
    schema: { hide: true },
    handler: (_req, reply) => reply.code(204).header("allow", allow).send(),
  });
  app.route({
    url,
    method: methods.filter((method) => !allowed.includes(method)),
    schema: { hide: true },
    onRequest: (_req, reply) => {
      reply.header("allow", allow);
      throw new AppError("METHOD_NOT_ALLOWED", `Only ${allow} can be asked of this path.`);
    },
    handler: () => undefined,
  });
}
