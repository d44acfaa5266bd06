import type { SagaDocument, SagaStatus } from "./documents.ts";

type Entry = SagaDocument["history"][number];

/** Claims that nothing more happens to the saga. */
export function hasEnded(status: SagaStatus): boolean {
  switch (status) {
    case "Completed":
    case "Failed":
    case "Compensated":
      return true;
    case "Started":
    case "InProgress":
    case "Compensating":
    case "Parked":
      return false;
    default:
      return status satisfies never;
  }
}

/**
 * Claims that `saga` is an earlier state of the same saga than `told`: whoever only follows the journal is a little behind
 * the saga's owner. The same state is not an earlier one, and what a new owner does again is not one either: it is later.
 */
export function isBehind(saga: SagaDocument, told: SagaDocument): boolean {
  if (hasEnded(saga.status) || saga.history.length > told.history.length) return false;
  const isCovered = saga.history.every((entry, index) => isUpTo(entry, told.history[index]));
  return isCovered && changedAt(saga) < changedAt(told);
}

function isUpTo(entry: Entry, told: Entry | undefined): boolean {
  if (told === undefined || entry.step !== told.step || entry.attempt > told.attempt) return false;
  return entry.attempt < told.attempt || entry.status === told.status || entry.status === "Running";
}

function changedAt({ startedAt, history }: SagaDocument): number {
  return Math.max(Date.parse(startedAt), ...history.map(({ timestamp }) => Date.parse(timestamp)));
}
