import type { Violations } from "@shop/platform/validation";
import {
  type SagaHistoryEntry,
  type Saga as SagaMessage,
  SagaStatus as WireSagaStatus,
  StepStatus as WireStepStatus,
} from "@shop/protos/gen/shop/orders/v1/orders";
import { type EntryStatus, type ListedSaga, operatorEntries, type SagaStatus } from "@shop/saga";
import type { SagaRecord } from "../store/sagas.ts";
import { looksAfterOrders, type User } from "./caller.ts";

const SAGA_STATUSES: Record<SagaStatus, WireSagaStatus> = {
  Started: WireSagaStatus.SAGA_STATUS_STARTED,
  InProgress: WireSagaStatus.SAGA_STATUS_IN_PROGRESS,
  Completed: WireSagaStatus.SAGA_STATUS_COMPLETED,
  Failed: WireSagaStatus.SAGA_STATUS_FAILED,
  Compensating: WireSagaStatus.SAGA_STATUS_COMPENSATING,
  Compensated: WireSagaStatus.SAGA_STATUS_COMPENSATED,
  Parked: WireSagaStatus.SAGA_STATUS_PARKED,
};

const STEP_STATUSES: Record<EntryStatus, WireStepStatus> = {
  Running: WireStepStatus.STEP_STATUS_RUNNING,
  Completed: WireStepStatus.STEP_STATUS_COMPLETED,
  Refused: WireStepStatus.STEP_STATUS_REFUSED,
  Exhausted: WireStepStatus.STEP_STATUS_EXHAUSTED,
};

/** The status as it goes over the wire. */
export function toSagaStatusMessage(status: SagaStatus): WireSagaStatus {
  return SAGA_STATUSES[status];
}

/** The statuses that a request names; what is none of ours is recorded as a violation of `field`. */
export function parseSagaStatuses(
  field: string,
  wanted: readonly WireSagaStatus[],
  violations: Violations,
): readonly SagaStatus[] {
  return wanted.flatMap((status, index) => {
    const known = Object.entries(SAGA_STATUSES).find(([, wire]) => wire === status);
    if (known === undefined) violations.add(`${field}[${index}]`, "must be one of the statuses of a saga");
    return known === undefined ? [] : [known[0] as SagaStatus];
  });
}

/** The saga as this user may see it: who has acted on it by hand, and why, is for operators and Admins only. */
export function sagaMessageFor(user: User, saga: SagaRecord): SagaMessage {
  const message = toSagaMessage(saga);
  if (looksAfterOrders(user)) return message;
  return { ...message, history: message.history.map(withoutOperator) };
}

/** The saga as it goes over the wire to who looks after orders. */
export function toSagaMessage(saga: Omit<SagaRecord, "userId">): SagaMessage {
  return {
    id: saga.id,
    orderId: saga.orderId,
    status: toSagaStatusMessage(saga.status),
    currentStep: saga.currentStep,
    history: saga.history.map((entry) => ({
      step: entry.step,
      status: STEP_STATUSES[entry.status],
      message: entry.message,
      attempt: entry.attempt,
      timestamp: new Date(entry.timestamp),
    })),
    startedAt: saga.startedAt,
    completedAt: saga.completedAt,
    failure: saga.failure && { ...saga.failure },
  };
}

const operatorSteps: readonly string[] = Object.values(operatorEntries);

function withoutOperator(entry: SagaHistoryEntry): SagaHistoryEntry {
  return operatorSteps.includes(entry.step) ? { ...entry, message: "" } : entry;
}

/** A saga of a list as it goes over the wire. */
export function toListedSagaMessage(saga: ListedSaga): SagaMessage {
  return toSagaMessage({
    ...saga,
    orderId: saga.key,
    startedAt: new Date(saga.startedAt),
    completedAt: saga.completedAt === undefined ? undefined : new Date(saga.completedAt),
  });
}
