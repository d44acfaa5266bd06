import { type AppError, fromUnknown } from "@shop/platform/errors";
import { toProblem } from "@shop/platform/problem";
import { digestOf } from "../domain/digest.ts";
import type { SagaDocument } from "../domain/documents.ts";
import { hasEnded } from "../domain/saga-progress.ts";
import type { StreamTimes } from "./event-streams.ts";
import type { Newest } from "./newest.ts";

/** The prefix of the id of a saga's last event. */
const END = "end-";

/** A client whose stream has broken off comes back after this time, or up to twice this: not all at the same moment. */
const RECONNECT_MS = 1_000;

const HEARTBEAT = ":\n\n";

/** What a stream of a saga's events is made of. */
export interface SagaEventsSource {
  /** How the saga stands. */
  readonly first: SagaDocument;
  /** What comes after. */
  readonly states: Newest<SagaDocument>;
  /** The id of the last event that the client has seen. */
  readonly lastEventId: string | undefined;
  /** Throws where the user may not see more. */
  readonly check: () => void;
  readonly times: StreamTimes;
}

/** Claims that a client that has seen `lastEventId` has seen everything. */
export function hasSeenAll(lastEventId: string | undefined, saga: SagaDocument): boolean {
  return hasEnded(saga.status) && lastEventId?.startsWith(END) === true;
}

/**
 * A saga's events as the HTML standard has them (server-sent events). A state whose id the client has seen is left out; the
 * event "end" follows the last state; the event "problem" says why there is no more for now, and leaves the id as it is.
 */
export async function* sagaEvents(source: SagaEventsSource): AsyncGenerator<string, void> {
  const { states, times } = source;
  yield `retry: ${Math.round(RECONNECT_MS * (1 + Math.random()))}\n\n`;
  let seen = source.lastEventId;
  let saga: SagaDocument | undefined = source.first;
  let sentAt = performance.now();
  try {
    for (;;) {
      source.check();
      const text = saga && sagaText(saga, seen);
      if (text !== undefined) seen = text.id;
      if (text?.event !== undefined || performance.now() - sentAt >= times.heartbeatMs) {
        yield text?.event ?? HEARTBEAT;
        sentAt = performance.now();
      }
      if (saga !== undefined && hasEnded(saga.status)) return yield endEvent(saga);
      const taken = await states.take(Math.min(times.recheckMs, times.heartbeatMs));
      if (taken.kind === "end") return;
      saga = taken.kind === "value" ? taken.value : undefined;
    }
  } catch (err) {
    yield problemEvent(fromUnknown(err));
  }
}

function sagaText(saga: SagaDocument, seen: string | undefined): { id: string; event?: string } {
  const data = JSON.stringify(saga);
  const id = digestOf(data);
  return id === seen ? { id } : { id, event: `id: ${id}\nevent: saga\ndata: ${data}\n\n` };
}

function endEvent(saga: SagaDocument): string {
  return `id: ${END}${digestOf(JSON.stringify(saga))}\nevent: end\ndata: ${JSON.stringify({ status: saga.status })}\n\n`;
}

function problemEvent(err: AppError): string {
  return `event: problem\ndata: ${JSON.stringify(toProblem(err))}\n\n`;
}
