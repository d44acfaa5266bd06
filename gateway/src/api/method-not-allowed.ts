import { AppError } from "@shop/platform/errors";
import type { HTTPMethods } from "fastify";
import type { App } from "./app.ts";

const METHODS: readonly HTTPMethods[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Answers METHOD_NOT_ALLOWED, with the methods that are, on every path that `addRoutes` gives a route. */
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
  for (const [url, methods] of allowed) refuse(app, url, methods);
}

function refuse(app: App, url: string, allowed: ReadonlySet<string>): void {
  app.route({
    url,
    method: METHODS.filter((method) => !allowed.has(method)),
    schema: { hide: true },
    onRequest: (_req, reply) => {
      reply.header("allow", [...allowed].join(", "));
      throw new AppError("METHOD_NOT_ALLOWED", `Only ${[...allowed].join(", ")} can be asked of this path.`);
    },
    handler: () => undefined,
  });
}
