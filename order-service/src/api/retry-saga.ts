import type { Call } from "@shop/platform/grpc-server";
import type { RetrySagaRequest, RetrySagaResponse } from "@shop/protos/gen/shop/orders/v1/operator";
import { isFinal, type Operator, type SagaRecords } from "@shop/saga";
import { messages } from "../checkout/definition.ts";
import type { Events } from "../events.ts";
import type { MessageRetry } from "../store/retry-message.ts";
import type { SagaRecord } from "../store/sagas.ts";
import { ask, type OperatorActionDeps, operatorOf, refused, sagaAsItStands, sagaToActOn } from "./operator-action.ts";
import { parseSagaAction } from "./parse-saga-action.ts";

/** What RetrySaga needs. */
export interface RetrySagaDeps extends OperatorActionDeps {
  readonly records: Pick<SagaRecords, "deadLetterOf">;
  readonly events: Events;
  /** Makes an ended saga's message due again; answers false where nothing is left to send. */
  retryMessage(retry: MessageRetry): Promise<boolean>;
}

/** Asks for what a saga waits for to be tried now; of one that has ended, the message that was given up. */
export async function retrySaga(
  deps: RetrySagaDeps,
  request: RetrySagaRequest,
  call: Call,
): Promise<RetrySagaResponse> {
  const { sagaId, reason } = parseSagaAction(request);
  const by = operatorOf(call, reason);
  const saga = await sagaToActOn(deps.db, sagaId);
  if (isFinal(saga.status)) await sendAgain(deps, saga, by);
  else await ask(() => deps.engine.retry(sagaId, by));
  return { saga: await sagaAsItStands(deps.db, sagaId) };
}

async function sendAgain(deps: RetrySagaDeps, saga: SagaRecord, by: Operator): Promise<void> {
  const step = saga.status === "Completed" ? messages.completed : messages.failed;
  const letter = await deps.records.deadLetterOf(saga.id, step);
  if (letter?.status !== "Open") throw nothingToRetry(saga.id);
  const entry = {
    step,
    status: "Running" as const,
    message: "to be sent again",
    attempt: letter.attempts,
    timestamp: new Date().toISOString(),
  };
  if (!(await deps.retryMessage({ sagaId: saga.id, entry, by }))) throw nothingToRetry(saga.id);
  deps.events.messageRetried({ sagaId: saga.id, orderId: saga.orderId, step, actor: by.actor });
}

function nothingToRetry(sagaId: string) {
  return refused("NOTHING_TO_RETRY", `The saga ${sagaId} has ended, and no message of it was given up.`);
}
