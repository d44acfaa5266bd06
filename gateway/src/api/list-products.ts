import { z } from "zod";
import { productPage } from "../domain/documents.ts";
import { text } from "../domain/fields.ts";
import type { App, Parts } from "./app.ts";
import { clientSignal } from "./authentication.ts";
import { answer, problems } from "./openapi.ts";

const MAX_PAGE_SIZE = 1_000;
const MAX_TOKEN = 1_000;
const pageSizeMessage = `must be an integer from 1 to ${MAX_PAGE_SIZE.toLocaleString("en")}`;

const querystring = z.strictObject({
  pageSize: z
    .string()
    .regex(/^\d{1,4}$/, pageSizeMessage)
    .transform(Number)
    .pipe(z.int().min(1, pageSizeMessage).max(MAX_PAGE_SIZE, pageSizeMessage))
    .optional()
    .meta({ description: "At most this many. Default: 100.", examples: ["20"] }),
  pageToken: text(MAX_TOKEN).optional().meta({ description: "`nextPageToken` of an earlier answer." }),
});

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
