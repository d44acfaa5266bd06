import { deadLetterPage } from "../domain/operator-documents.ts";
import { deadLetterFilter } from "../domain/operator-requests.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, operatorProblems } from "./openapi.ts";

/** GET /api/dead-letters: what had used up its retries. */
export function listDeadLetters(app: App, { operator, verifier }: Parts): void {
  app.get("/api/dead-letters", {
    schema: {
      summary: "List dead letters",
      description: "Oldest first; a page has at most 100. For operators and Admins.",
      tags: ["operators"],
      security: bearer,
      querystring: deadLetterFilter,
      response: { 200: answer("A page of dead letters.", deadLetterPage), ...operatorProblems() },
    },
    preParsing: usersOnly(verifier),
    handler: async (req, reply) => {
      reply.header("cache-control", "no-store");
      return operator.listDeadLetters(req.query, callFor(req, reply));
    },
  });
}
