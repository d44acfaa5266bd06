import { resolveSagaBody } from "../domain/operator-requests.ts";
import type { App, Parts } from "./app.ts";
import { askOfSaga } from "./ask-of-saga.ts";

/** POST /api/sagas/{id}/resolve: an undo was done by hand. */
export function postSagaResolve(app: App, parts: Parts): void {
  askOfSaga(app, parts, {
    name: "resolve",
    summary: "Record that an undo was done by hand",
    description:
      "Refused for the release of the stock, whose answer decides the saga, and for another undo until the participant " +
      "holds what refuses a late call.",
    body: resolveSagaBody,
    ask: (sagaId, { undo, reason }, call) => parts.operator.resolve(sagaId, undo, reason, call),
  });
}
