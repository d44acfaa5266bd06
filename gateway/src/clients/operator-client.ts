import { createRpcClient } from "@shop/platform/grpc-client";
import type { Log } from "@shop/platform/logging";
import { retryRead } from "@shop/platform/resilience";
import type { Tls } from "@shop/platform/tls";
import { SagaOperatorServiceService } from "@shop/protos/gen/shop/orders/v1/operator";
import type { Saga } from "@shop/protos/gen/shop/orders/v1/orders";
import type { SagaDocument } from "../domain/documents.ts";
import type { DeadLetterDocument, DeadLetterPage, SagaPage } from "../domain/operator-documents.ts";
import type { DeadLetterFilter, SagaFilter } from "../domain/operator-requests.ts";
import { toRestError } from "../domain/rest-errors.ts";
import { toDeadLetterDocument, toListDeadLettersRequest, toListSagasRequest } from "./operator-messages.ts";
import { toSagaDocument } from "./order-messages.ts";
import type { CallFor } from "./orders-client.ts";
import { present } from "./wire-values.ts";

const READ_TIMEOUT_MS = 5_000;
const READ_ATTEMPTS = 2;
const REQUEST_TIMEOUT_MS = 5_000;
const OUTCOME_UNKNOWN =
  "Sagas cannot be changed now. This may have been asked for all the same: the saga's history tells.";

/** What an operator may ask of the order service. Errors are AppErrors with the fields of the request's JSON. */
export interface Operator {
  listSagas(filter: SagaFilter, call: CallFor): Promise<SagaPage>;
  /** Asks for what the saga waits for to be tried now. */
  retry(sagaId: string, reason: string, call: CallFor): Promise<SagaDocument>;
  /** Asks for the saga to be turned round. */
  compensate(sagaId: string, reason: string, call: CallFor): Promise<SagaDocument>;
  /** Records that an undo was done by hand. */
  resolve(sagaId: string, undo: string, reason: string, call: CallFor): Promise<SagaDocument>;
  listDeadLetters(filter: DeadLetterFilter, call: CallFor): Promise<DeadLetterPage>;
  readDeadLetter(deadLetterId: string, call: CallFor): Promise<DeadLetterDocument>;
  close(): void;
}

/** Connects to the order service at `address`. */
export function createOperator({ address, log, tls }: { address: string; log: Log; tls?: Tls }): Operator {
  const client = createRpcClient(SagaOperatorServiceService, { address, log, tls });
  const reading = (call: CallFor) => ({ ...call, timeoutMs: READ_TIMEOUT_MS });
  const asking = (call: CallFor) => ({ ...call, timeoutMs: REQUEST_TIMEOUT_MS });
  return {
    listSagas: (filter, call) =>
      read(call, async () => {
        const { sagas, nextPageToken } = await client.listSagas(toListSagasRequest(filter), reading(call));
        return { sagas: sagas.map(toSagaDocument), nextPageToken };
      }),
    retry: (sagaId, reason, call) => ask(() => client.retrySaga({ sagaId, reason }, asking(call))),
    compensate: (sagaId, reason, call) => ask(() => client.compensateSaga({ sagaId, reason }, asking(call))),
    resolve: (sagaId, undo, reason, call) => ask(() => client.resolveSaga({ sagaId, undo, reason }, asking(call))),
    listDeadLetters: (filter, call) =>
      read(call, async () => {
        const answer = await client.listDeadLetters(toListDeadLettersRequest(filter), reading(call));
        return { deadLetters: answer.deadLetters.map(toDeadLetterDocument), nextPageToken: answer.nextPageToken };
      }),
    readDeadLetter: (deadLetterId, call) =>
      read(call, async () => {
        const { deadLetter } = await client.getDeadLetter({ deadLetterId }, reading(call));
        return toDeadLetterDocument(present(deadLetter));
      }),
    close: () => client.close(),
  };
}

/** Asked once: a request that may have arrived is not repeated, for each one stands in the history. */
async function ask(call: () => Promise<{ saga?: Saga | undefined }>): Promise<SagaDocument> {
  try {
    const { saga } = await call();
    return toSagaDocument(present(saga));
  } catch (err) {
    throw toRestError(err, { unavailable: OUTCOME_UNKNOWN, fields: { saga_id: "id" } });
  }
}

async function read<T>({ signal }: CallFor, call: () => Promise<T>): Promise<T> {
  try {
    return await retryRead(call, { attempts: READ_ATTEMPTS, signal });
  } catch (err) {
    throw toRestError(err, { unavailable: "Sagas cannot be read now.", fields: readFields });
  }
}

const readFields = { dead_letter_id: "id", statuses: "status", current_step: "step" };
