import { orderDocument } from "../domain/documents.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, byId, problems } from "./openapi.ts";

/** GET /api/orders/{id}: one order as it stands. */
export function getOrder(app: App, { orders, verifier }: Parts): void {
  app.get("/api/orders/:id", {
    schema: {
      summary: "Read an order",
      description: "Another customer's order is answered as if there were none.",
      tags: ["orders"],
      security: bearer,
      params: byId,
      response: {
        200: answer("The order as it stands.", orderDocument),
        ...problems("VALIDATION_FAILED", "UNAUTHENTICATED", "NOT_FOUND", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
    preParsing: usersOnly(verifier),
    handler: async (req, reply) => {
      reply.header("cache-control", "no-store");
      return orders.read(req.params.id, callFor(req, reply));
    },
  });
}
