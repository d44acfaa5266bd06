import { z } from "zod";
import { orderDocument } from "../domain/documents.ts";
import { newOrderBody, parseNewOrder } from "../domain/new-order.ts";
import type { App, DoorOptions, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, noQuery, problems } from "./openapi.ts";
import { unchecked } from "./validator.ts";

const KEY = "Idempotency-Key";

const headers = z.object({
  [KEY]: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({
      description: "Makes this request safe to repeat: a repetition is answered as the first was. Unique per user.",
      examples: ["basket-4711"],
    }),
});

const location = { type: "string", description: "Where the order can be read." };
const replayed = { type: "string", description: "true where this answers a request that was made before." };
const answerHeaders = { Location: location, "Idempotency-Replayed": replayed };

/** POST /api/orders: places an order and waits for what becomes of it. */
export function postOrder(app: App, { orders, verifier }: Parts, { ordersPerSecond }: DoorOptions): void {
  app.post("/api/orders", {
    schema: {
      summary: "Place an order",
      description:
        "Answers when the order is completed or has failed, or after 10 s with the order as it stands. A business " +
        "refusal (out of stock, declined, undeliverable) is an answer: the order's status is Failed and `failure` says why.",
      tags: ["orders"],
      security: bearer,
      querystring: noQuery,
      headers,
      body: newOrderBody,
      response: {
        201: answer("The order has come to its end, whichever it is.", orderDocument, answerHeaders),
        202: answer("The order goes on; read it again later.", orderDocument, answerHeaders),
        ...problems(
          "VALIDATION_FAILED",
          "MALFORMED_BODY",
          "UNAUTHENTICATED",
          "PERMISSION_DENIED",
          "ORDER_EXISTS",
          "PAYLOAD_TOO_LARGE",
          "UNSUPPORTED_MEDIA_TYPE",
          "IDEMPOTENCY_KEY_REUSED",
          "RATE_LIMITED",
          "OVERLOADED",
          "UNAVAILABLE",
        ),
      },
    },
    config: { rateLimit: { max: ordersPerSecond } },
    preParsing: usersOnly(verifier),
    // Of header and body the schema is the documentation; parseNewOrder applies it, so that their faults come together.
    validatorCompiler: unchecked("headers", "body"),
    handler: async (req, reply) => {
      const key = req.raw.headers["idempotency-key"];
      const order = parseNewOrder(req.body, Array.isArray(key) ? key.join() : key);
      const placed = await orders.place(order, callFor(req, reply));
      reply.code(placed.isEnded ? 201 : 202);
      reply.header("location", `/api/orders/${placed.order.id}`).header("cache-control", "no-store");
      if (placed.isReplayed) reply.header("idempotency-replayed", "true");
      return placed.order;
    },
  });
}
