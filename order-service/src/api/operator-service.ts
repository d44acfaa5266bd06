import type { Access, RpcTable } from "@shop/platform/grpc-server";
import type { SagaOperatorServiceService } from "@shop/protos/gen/shop/orders/v1/operator";
import type { SagaRecords } from "@shop/saga";
import { compensateSaga } from "./compensate-saga.ts";
import { getDeadLetter } from "./get-dead-letter.ts";
import { listDeadLetters } from "./list-dead-letters.ts";
import { listSagas } from "./list-sagas.ts";
import { type ResolveSagaDeps, resolveSaga } from "./resolve-saga.ts";
import { type RetrySagaDeps, retrySaga } from "./retry-saga.ts";

/** What the operators' RPCs need. */
export interface SagaOperatorDeps extends ResolveSagaDeps, RetrySagaDeps {
  readonly records: SagaRecords;
}

const access: Access = { user: ["operator", "Admin"] };

/** Every RPC for operators, and where it stands. */
export function sagaOperatorService(deps: SagaOperatorDeps): RpcTable<typeof SagaOperatorServiceService> {
  const { records } = deps;
  return {
    listSagas: { access, handle: (request) => listSagas(records, request) },
    retrySaga: { access, handle: (request, call) => retrySaga(deps, request, call) },
    compensateSaga: { access, handle: (request, call) => compensateSaga(deps, request, call) },
    resolveSaga: { access, handle: (request, call) => resolveSaga(deps, request, call) },
    getDeadLetter: { access, handle: (request) => getDeadLetter(records, request) },
    listDeadLetters: { access, handle: (request) => listDeadLetters(records, request) },
  };
}
