import { sagaRequestBody } from "../domain/operator-requests.ts";
import type { App, Parts } from "./app.ts";
import { askOfSaga } from "./ask-of-saga.ts";

/** POST /api/sagas/{id}/retry: tries what a saga waits for. */
export function postSagaRetry(app: App, parts: Parts): void {
  askOfSaga(app, parts, {
    name: "retry",
    summary: "Try again what a saga waits for",
    description:
      "The step or undo is tried now, with all its attempts. Of an ended saga it sends the message to the customer " +
      "again where that was given up.",
    body: sagaRequestBody,
    ask: (sagaId, { reason }, call) => parts.operator.retry(sagaId, reason, call),
  });
}
