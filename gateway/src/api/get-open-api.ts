import type { App } from "./app.ts";

/** GET /openapi.json: this description of all routes. */
export function getOpenApi(app: App): void {
  let description: string | undefined;
  app.get("/openapi.json", {
    schema: { hide: true },
    handler: async (_req, reply) => {
      description ??= JSON.stringify(app.swagger());
      return reply.type("application/json; charset=utf-8").serializer(String).send(description);
    },
  });
}
