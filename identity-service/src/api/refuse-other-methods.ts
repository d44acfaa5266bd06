import { AppError } from "@shop/platform/errors";
import type { FastifyInstance, HTTPMethods } from "fastify";

const known: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Answers METHOD_NOT_ALLOWED to all other methods at the route's path, before a body is looked at. */
export function refuseOtherMethods(scope: FastifyInstance, route: { method: "GET" | "POST"; path: string }): void {
  const allowed: readonly HTTPMethods[] = route.method === "GET" ? ["GET", "HEAD"] : [route.method];
  scope.route({
    method: known.filter((method) => !allowed.includes(method)),
    url: route.path,
    onRequest: async (_request, reply) => {
      reply.header("allow", allowed.join(", "));
      throw new AppError("METHOD_NOT_ALLOWED", `This path answers to ${allowed.join(" and ")} only.`);
    },
    handler: async () => undefined,
  });
}
