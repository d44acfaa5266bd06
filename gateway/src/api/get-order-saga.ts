import { sagaDocument } from "../domain/documents.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, byId, problems } from "./openapi.ts";

/** GET /api/orders/{id}/saga: which steps an order went through, and why it ended as it did. */
export function getOrderSaga(app: App, { orders, verifier }: Parts): void {
  app.get("/api/orders/:id/saga", {
    schema: {
      summary: "Read the saga of an order",
      description: "Which steps ran, how often, what was undone, and why.",
      tags: ["orders"],
      security: bearer,
      params: byId,
      response: {
        200: answer("The saga as it stands.", sagaDocument),
        ...problems("VALIDATION_FAILED", "UNAUTHENTICATED", "NOT_FOUND", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
    preParsing: usersOnly(verifier),
    handler: async (req, reply) => {
      reply.header("cache-control", "no-store");
      return orders.readSaga(req.params.id, callFor(req, reply));
    },
  });
}
