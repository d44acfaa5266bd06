import { z } from "zod";
import { deadLetterDocument } from "../domain/operator-documents.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, noQuery, operatorProblems } from "./openapi.ts";

const params = z.object({
  id: z
    .string()
    .regex(/^[0-9]{1,18}$/, "must be a whole number")
    .meta({ examples: ["17"] }),
});

/** GET /api/dead-letters/{id}: one of them, with what was asked for. */
export function getDeadLetter(app: App, { operator, verifier }: Parts): void {
  app.get("/api/dead-letters/:id", {
    schema: {
      summary: "Read a dead letter",
      description: "For operators and Admins.",
      tags: ["operators"],
      security: bearer,
      params,
      querystring: noQuery,
      response: { 200: answer("The dead letter as it stands.", deadLetterDocument), ...operatorProblems("NOT_FOUND") },
    },
    preParsing: usersOnly(verifier),
    handler: async (req, reply) => {
      reply.header("cache-control", "no-store");
      return operator.readDeadLetter(req.params.id, callFor(req, reply));
    },
  });
}
