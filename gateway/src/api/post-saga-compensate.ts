import { sagaRequestBody } from "../domain/operator-requests.ts";
import type { App, Parts } from "./app.ts";
import { askOfSaga } from "./ask-of-saga.ts";

/** POST /api/sagas/{id}/compensate: turns a saga round. */
export function postSagaCompensate(app: App, parts: Parts): void {
  askOfSaga(app, parts, {
    name: "compensate",
    summary: "Turn a saga round",
    description:
      "What may have happened is undone, and the order fails with CANCELLED_BY_OPERATOR. Where the stock may have been " +
      "sold already, the inventory decides: the order may still be completed.",
    body: sagaRequestBody,
    ask: (sagaId, { reason }, call) => parts.operator.compensate(sagaId, reason, call),
  });
}
