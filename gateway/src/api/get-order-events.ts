import { Readable } from "node:stream";
import { AppError } from "@shop/platform/errors";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { SagaDocument } from "../domain/documents.ts";
import type { App, Parts } from "./app.ts";
import { bearerToken, usersOnly, verifiedUser } from "./authentication.ts";
import type { EventStream } from "./event-streams.ts";
import { createNewest, type Newest } from "./newest.ts";
import { bearer, byId, noAnswer, noQuery, problems } from "./openapi.ts";
import { hasSeenAll, sagaEvents } from "./saga-events.ts";
import { unchecked } from "./validator.ts";

const EVENT_STREAM = "text/event-stream";

/** Longer than the first state may take to come. */
const FIRST_STATE_LIMIT_MS = 10_000;

const example = `retry: 1500

id: 5zXvJ0p8Wg2cYb1QkRr9aA
event: saga
data: {"id":"01900000-0000-7000-8000-0000000000ab","orderId":"01900000-0000-7000-8000-0000000000aa","status":"Completed", …}

id: end-5zXvJ0p8Wg2cYb1QkRr9aA
event: end
data: {"status":"Completed"}
`;

const description = `Server-sent events. \`saga\`: the whole saga, at once and whenever it has changed; a slow reader is told the newest
state and misses those between. \`end\`: the saga has ended, and so does the stream. \`problem\`: there is no more for now, as an
RFC 9457 problem; with UNAUTHENTICATED (the token has expired or was revoked) come back with a new token. A client that
comes back with the id of the last event in \`Last-Event-ID\` is not told again what it knows; after \`end\` it is
answered 204, upon which an EventSource stops. Nor does an EventSource come back by itself
after any other status than 200, such as 429 and 503: its page has to open a new one after a while. A comment comes every 15 s.`;

const event = z
  .object({ event: z.enum(["saga", "end", "problem"]), id: z.string().optional(), data: z.string() })
  .meta({ id: "SagaEvent", description: "One of the events; `data` is JSON." });

const headers = z.object({
  "Last-Event-ID": z.string().optional().meta({ description: "The id of the last event that was seen." }),
});

/** GET /api/orders/{id}/events: an order's saga as it goes on. */
export function getOrderEvents(app: App, { orders, verifier, streams }: Parts): void {
  app.get("/api/orders/:id/events", {
    schema: {
      summary: "Watch the saga of an order",
      description,
      tags: ["orders"],
      security: bearer,
      params: byId,
      querystring: noQuery,
      headers,
      response: {
        200: {
          description: "The events.",
          content: { [EVENT_STREAM]: { schema: event, examples: { completed: { value: example } } } },
        },
        204: noAnswer("The saga has ended, and the client has seen all of it."),
        ...problems("VALIDATION_FAILED", "UNAUTHENTICATED", "NOT_FOUND", "RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"),
      },
    },
    preParsing: usersOnly(verifier),
    validatorCompiler: unchecked("headers"),
    handler: async (req, reply) => {
      const token = bearerToken(req);
      const stream = streams.enter(verifiedUser(verifier, token).userId, reply.raw);
      const call = { authorization: `Bearer ${token}`, signal: stream.cancelled };
      const states = readAll(orders.follow(req.params.id, call), stream);
      const first = await firstOf(states);
      const lastEventId = lastEventIdOf(req);
      reply.header("cache-control", "no-store");
      if (hasSeenAll(lastEventId, first)) return reply.code(204).send();
      reply.type(EVENT_STREAM).header("x-accel-buffering", "no");
      if (req.method === "HEAD") return reply.send(Readable.from([]));
      const check = () => void verifiedUser(verifier, token);
      const events = sagaEvents({ first, states, lastEventId, check, times: streams.times });
      return reply.send(Readable.from(events, { objectMode: true, highWaterMark: 1 }));
    },
  });
}

/** Reads on whether or not somebody takes: what waits here is one state at most, and its sender is not held up. */
function readAll(
  source: AsyncGenerator<SagaDocument>,
  { ended, callEnded }: Pick<EventStream, "ended" | "callEnded">,
): Newest<SagaDocument> {
  const states = createNewest<SagaDocument>();
  ended.addEventListener("abort", () => states.end());
  const read = async () => {
    try {
      for await (const saga of source) states.put(saga);
      states.end();
    } catch (err) {
      states.end(err);
    } finally {
      callEnded();
    }
  };
  void read();
  return states;
}

async function firstOf(states: Newest<SagaDocument>): Promise<SagaDocument> {
  const taken = await states.take(FIRST_STATE_LIMIT_MS);
  if (taken.kind === "value") return taken.value;
  throw new AppError("UNAVAILABLE", "The order cannot be watched now.", { retryAfterMs: 1_000 });
}

/** Node joins a header that was sent more than once: such an id is none that was given. */
function lastEventIdOf(req: FastifyRequest): string | undefined {
  const id = req.headers["last-event-id"];
  return typeof id === "string" && id !== "" ? id : undefined;
}
