import { productDocument } from "../domain/documents.ts";
import type { App, Parts } from "./app.ts";
import { clientSignal } from "./authentication.ts";
import { answer, byId, noQuery, problems } from "./openapi.ts";

/** GET /api/products/{id}: one product with its price and stock. */
export function getProduct(app: App, { catalogue }: Parts): void {
  app.get("/api/products/:id", {
    schema: {
      summary: "Read a product",
      tags: ["products"],
      params: byId,
      querystring: noQuery,
      response: {
        200: answer("The product as it stands.", productDocument),
        ...problems("VALIDATION_FAILED", "NOT_FOUND", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
    handler: async (req, reply) => catalogue.read(req.params.id, clientSignal(reply)),
  });
}
