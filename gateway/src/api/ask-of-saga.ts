import type { z } from "zod";
import type { CallFor } from "../clients/orders-client.ts";
import { type SagaDocument, sagaDocument } from "../domain/documents.ts";
import type { App, Parts } from "./app.ts";
import { callFor, usersOnly } from "./authentication.ts";
import { answer, bearer, byId, noQuery, operatorProblems } from "./openapi.ts";

/** Something that an operator may ask of a saga. */
export interface SagaRequest<Body extends z.ZodObject> {
  /** The last part of the path. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly body: Body;
  ask(sagaId: string, body: z.output<Body>, call: CallFor): Promise<SagaDocument>;
}

/** What can be asked of the saga that is answered. */
export const sagaLinks = Object.fromEntries(
  ["Retry", "Compensate", "Resolve"].map((name) => [
    name,
    { operationId: `postApiSagasById${name}`, parameters: { id: "$response.body#/id" } },
  ]),
);

const location = { type: "string", description: "Where the saga can be read." };

/** Adds POST /api/sagas/{id}/…: the answer says that it was asked for, not that it is done. */
export function askOfSaga<Body extends z.ZodObject>(
  app: App,
  { verifier }: Parts,
  { name, summary, description, body, ask }: SagaRequest<Body>,
): void {
  app.post(`/api/sagas/:id/${name}`, {
    schema: {
      summary,
      description: `${description} For operators and Admins.`,
      tags: ["operators"],
      security: bearer,
      params: byId,
      querystring: noQuery,
      body,
      response: {
        202: answer("It was asked for; the saga as it stands.", sagaDocument, { Location: location }),
        ...operatorProblems(
          "MALFORMED_BODY",
          "NOT_FOUND",
          "FAILED_PRECONDITION",
          "PAYLOAD_TOO_LARGE",
          "UNSUPPORTED_MEDIA_TYPE",
        ),
      },
    },
    preParsing: usersOnly(verifier),
    handler: async (req, reply) => {
      const saga = await ask(req.params.id, req.body as z.output<Body>, callFor(req, reply));
      reply.code(202).header("location", `/api/orders/${saga.orderId}/saga`).header("cache-control", "no-store");
      return saga;
    },
  });
}
