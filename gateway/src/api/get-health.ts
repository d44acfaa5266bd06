import { readiness as document } from "../domain/readiness.ts";
import type { App, Parts } from "./app.ts";
import { answer } from "./openapi.ts";

/** GET /health: whether every service is ready. */
export function getHealth(app: App, { readiness }: Parts): void {
  app.get("/health", {
    schema: {
      summary: "Tell whether every service is ready",
      tags: ["health"],
      response: {
        200: answer("Every service is ready.", document),
        503: answer("Some are not; `notReady` names them.", document),
      },
    },
    config: { rateLimit: false },
    handler: async (_req, reply) => {
      const answered = await readiness.read();
      reply.code(answered.status === "ready" ? 200 : 503).header("cache-control", "no-store");
      return answered;
    },
  });
}
