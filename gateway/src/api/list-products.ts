import { z } from "zod";
import { productPage } from "../domain/documents.ts";
import { pageFields } from "../domain/page-request.ts";
import type { App, Parts } from "./app.ts";
import { clientSignal } from "./authentication.ts";
import { answer, problems } from "./openapi.ts";

const querystring = z.strictObject(pageFields({ max: 1_000, usual: 100 }));

/** GET /api/products: the catalogue, page by page. */
export function listProducts(app: App, { catalogue }: Parts): void {
  app.get("/api/products", {
    schema: {
      summary: "List the catalogue",
      tags: ["products"],
      querystring,
      response: {
        200: answer("A page of the catalogue, in the order of the SKUs.", productPage),
        ...problems("VALIDATION_FAILED", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
    handler: async (req, reply) => catalogue.list(req.query, clientSignal(reply)),
  });
}
