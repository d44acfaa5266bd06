import {
  type DeadLetter,
  type ListDeadLettersRequest,
  type ListSagasRequest,
  DeadLetterStatus as WireDeadLetterStatus,
} from "@shop/protos/gen/shop/orders/v1/operator";
import type { DeadLetterDocument, DeadLetterStatus } from "../domain/operator-documents.ts";
import type { DeadLetterFilter, SagaFilter } from "../domain/operator-requests.ts";
import { sagaStatuses } from "./order-messages.ts";
import { instant, statusOf, word } from "./wire-values.ts";

const deadLetterStatuses: Partial<Record<WireDeadLetterStatus, DeadLetterStatus>> = {
  [WireDeadLetterStatus.DEAD_LETTER_STATUS_OPEN]: "Open",
  [WireDeadLetterStatus.DEAD_LETTER_STATUS_KEPT]: "Kept",
  [WireDeadLetterStatus.DEAD_LETTER_STATUS_WORKED_OFF]: "WorkedOff",
};

/** The wire's form of a filter of sagas; on the wire, text that is absent is empty. */
export function toListSagasRequest(filter: SagaFilter): ListSagasRequest {
  const { status = [], step = "", error = "", minAge, pageSize = 0, pageToken = "" } = filter;
  return {
    statuses: status.map((one) => statusOf(sagaStatuses, one)),
    currentStep: step,
    error,
    minAge: minAge === undefined ? undefined : { seconds: BigInt(minAge), nanos: 0 },
    pageSize,
    pageToken,
  };
}

/** The wire's form of a filter of dead letters. */
export function toListDeadLettersRequest(filter: DeadLetterFilter): ListDeadLettersRequest {
  const { status = [], step = "", sagaId = "", pageSize = 0, pageToken = "" } = filter;
  return { statuses: status.map((one) => statusOf(deadLetterStatuses, one)), step, sagaId, pageSize, pageToken };
}

/** A dead letter as answers give it. */
export function toDeadLetterDocument(letter: DeadLetter): DeadLetterDocument {
  const { id, sagaId, orderId, step, status, reason, attempts, lastError, request, createdAt, updatedAt } = letter;
  return {
    id,
    sagaId,
    orderId,
    step,
    status: word(deadLetterStatuses, status),
    reason,
    attempts,
    lastError,
    ...(request && { request }),
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
  };
}
