import { z } from "zod";
import { orderPage } from "../domain/documents.ts";
import { uuid } from "../domain/fields.ts";
import { pageFields } from "../domain/page-request.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, problems } from "./openapi.ts";

const EVERYBODY = "-";

const params = z.object({
  userId: z
    .union([z.literal(EVERYBODY), uuid], { error: 'must be a UUID, or "-"' })
    .meta({ description: 'Whose: a UUID, or "-" for everybody\'s, which operators and Admins may ask for.' }),
});

const querystring = z.strictObject(pageFields({ max: 1_000, usual: 20 }));

/** GET /api/orders/user/{userId}: one user's orders, page by page. */
export function listOrders(app: App, { orders, verifier }: Parts): void {
  app.get("/api/orders/user/:userId", {
    schema: {
      summary: "List the orders of a user",
      description: "Newest first; a page has at most 100. Another customer's are answered as if there were none.",
      tags: ["orders"],
      security: bearer,
      params,
      querystring,
      response: {
        200: answer("A page of orders.", orderPage),
        ...problems(
          "VALIDATION_FAILED",
          "UNAUTHENTICATED",
          "PERMISSION_DENIED",
          "NOT_FOUND",
          "RATE_LIMITED",
          "OVERLOADED",
          "UNAVAILABLE",
        ),
      },
    },
    preParsing: usersOnly(verifier),
    handler: async (req, reply) => {
      reply.header("cache-control", "no-store");
      return orders.list(req.params.userId, req.query, callFor(req, reply));
    },
  });
}
