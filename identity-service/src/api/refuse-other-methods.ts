import { AppError } from "@shop/platform/errors";
import type { FastifyInstance, HTTPMethods } from "fastify";

const known: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** What a route answers to. */
export type RouteMethod = "GET" | "POST" | "DELETE";

/** Answers METHOD_NOT_ALLOWED to all but these methods at the path, before a body is looked at. */
export function refuseOtherMethods(scope: FastifyInstance, path: string, methods: readonly RouteMethod[]): void {
  const allowed = known.filter((method) =>
    methods.some((answered) => answered === method || (answered === "GET" && method === "HEAD")),
  );
  scope.route({
    method: known.filter((method) => !allowed.includes(method)),
    url: path,
    onRequest: async (_request, reply) => {
      reply.header("allow", allowed.join(", "));
      throw new AppError("METHOD_NOT_ALLOWED", `This path answers to ${allowed.join(" and ")} only.`);
    },
    handler: async () => undefined,
  });
}
