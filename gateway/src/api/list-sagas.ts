import { sagaPage } from "../domain/operator-documents.ts";
import { sagaFilter } from "../domain/operator-requests.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, operatorProblems } from "./openapi.ts";

/** GET /api/sagas: what an operator looks after. */
export function listSagas(app: App, { operator, verifier }: Parts): void {
  app.get("/api/sagas", {
    schema: {
      summary: "List sagas",
      description: "Oldest first; a page has at most 100. For operators and Admins.",
      tags: ["operators"],
      security: bearer,
      querystring: sagaFilter,
      response: { 200: answer("A page of sagas.", sagaPage), ...operatorProblems() },
    },
    preParsing: usersOnly(verifier),
    handler: async (req, reply) => {
      reply.header("cache-control", "no-store");
      return operator.listSagas(req.query, callFor(req, reply));
    },
  });
}
