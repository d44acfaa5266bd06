import { sagaDocument } from "../domain/documents.ts";
import type { App, Parts } from "./app.ts";
import { sagaLinks } from "./ask-of-saga.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { ifNoneMatch, sendTagged, tagged } from "./entity-tag.ts";
import { answer, bearer, byId, noAnswer, noQuery, problems } from "./openapi.ts";
import { unchecked } from "./validator.ts";

/** GET /api/orders/{id}/saga: which steps an order went through, and why it ended as it did. */
export function getOrderSaga(app: App, { orders, verifier }: Parts): void {
  app.get("/api/orders/:id/saga", {
    schema: {
      summary: "Read the saga of an order",
      description: "Which steps ran, how often, what was undone, and why.",
      tags: ["orders"],
      security: bearer,
      params: byId,
      querystring: noQuery,
      headers: ifNoneMatch,
      response: {
        200: answer("The saga as it stands.", sagaDocument, tagged),
        304: noAnswer("It is still as `If-None-Match` has it.", tagged),
        ...problems("VALIDATION_FAILED", "UNAUTHENTICATED", "NOT_FOUND", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
    links: { 200: sagaLinks },
    preParsing: usersOnly(verifier),
    validatorCompiler: unchecked("headers"),
    handler: async (req, reply) => sendTagged(req, reply, await orders.readSaga(req.params.id, callFor(req, reply))),
  });
}
