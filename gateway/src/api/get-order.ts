import { orderDocument } from "../domain/documents.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { ifNoneMatch, sendTagged, tagged } from "./entity-tag.ts";
import { answer, bearer, byId, noAnswer, noQuery, problems } from "./openapi.ts";
import { unchecked } from "./validator.ts";

/** GET /api/orders/{id}: one order as it stands. */
export function getOrder(app: App, { orders, verifier }: Parts): void {
  app.get("/api/orders/:id", {
    schema: {
      summary: "Read an order",
      description: "Another customer's order is answered as if there were none.",
      tags: ["orders"],
      security: bearer,
      params: byId,
      querystring: noQuery,
      headers: ifNoneMatch,
      response: {
        200: answer("The order as it stands.", orderDocument, tagged),
        304: noAnswer("It is still as `If-None-Match` has it.", tagged),
        ...problems("VALIDATION_FAILED", "UNAUTHENTICATED", "NOT_FOUND", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
    preParsing: usersOnly(verifier),
    validatorCompiler: unchecked("headers"),
    handler: async (req, reply) => sendTagged(req, reply, await orders.read(req.params.id, callFor(req, reply))),
  });
}
