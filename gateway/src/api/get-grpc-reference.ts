import { readFile } from "node:fs/promises";
import { referenceFile } from "@shop/protos/root";
import type { App } from "./app.ts";

/** GET /docs/grpc: the contracts of all services, as their .proto files describe them. It is read anew each time. */
export function getGrpcReference(app: App): void {
  app.get("/docs/grpc", {
    schema: { hide: true },
    handler: async (_req, reply) => {
      reply.type("text/html; charset=utf-8").header("cache-control", "no-cache");
      return readFile(referenceFile);
    },
  });
}
