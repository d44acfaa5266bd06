import type { Call } from "@shop/platform/grpc-server";
import type { CompensateSagaRequest, CompensateSagaResponse } from "@shop/protos/gen/shop/orders/v1/operator";
import { ask, type OperatorActionDeps, operatorOf, sagaAsItStands } from "./operator-action.ts";
import { parseSagaAction } from "./parse-saga-action.ts";

/** Asks for a saga to be turned round. */
export async function compensateSaga(
  { db, engine }: OperatorActionDeps,
  request: CompensateSagaRequest,
  call: Call,
): Promise<CompensateSagaResponse> {
  const { sagaId, reason } = parseSagaAction(request);
  await ask(() => engine.compensate(sagaId, operatorOf(call, reason)));
  return { saga: await sagaAsItStands(db, sagaId) };
}
