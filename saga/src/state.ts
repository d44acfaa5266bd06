/**
 * Where a saga stands:
 *
 * - `Started`: durable, no step called yet. Leaves to `InProgress`, or to `Parked` where the first step is blocked.
 * - `InProgress`: going forward. Leaves to every other status but `Started`.
 * - `Parked`: waiting for a participant without an owner; goes on by itself, forward or round.
 * - `Compensating`: turned round, undoing. Leaves to `Compensated`, or, by the arbiter's word (U2), to `Completed`, by way
 *   of `InProgress` and `Parked` where something has to be asked for again.
 * - `Completed`, `Failed` (nothing had to be undone), `Compensated` (something was): final (D5, U4).
 */
export type SagaStatus = "Started" | "InProgress" | "Completed" | "Failed" | "Compensating" | "Compensated" | "Parked";

/** True for a status that never changes again. */
export function isFinal(status: SagaStatus): boolean {
  return status === "Completed" || status === "Failed" || status === "Compensated";
}

/** How a step or an undo stands: called, or answered for good, or out of retries. */
export type EntryStatus = "Running" | "Completed" | "Refused" | "Exhausted";

/** One step or undo of a saga, in the order of the first call, updated in place. */
export interface HistoryEntry {
  readonly step: string;
  readonly status: EntryStatus;
  /** Why, where there is something to say; else empty. */
  readonly message: string;
  /** The number of the last attempt, from 1. */
  readonly attempt: number;
  /** When the entry last changed, ISO 8601. For people: nothing is decided by it (D5). */
  readonly timestamp: string;
}

/** Why a saga was turned round. */
export interface Failure {
  /** A refusing step's code, or `STEP_EXHAUSTED`, `SAGA_TIMEOUT`, `CANCELLED_BY_OPERATOR`. */
  readonly code: string;
  readonly message: string;
  /** The step that ended it. */
  readonly step: string;
}

/** A saga as the service sees it. */
export interface SagaSnapshot<Data> {
  readonly id: string;
  /** The id of what the saga is about, such as an order's. */
  readonly key: string;
  readonly status: SagaStatus;
  /** The step or undo that it is at, or ended at; empty before the first call. */
  readonly currentStep: string;
  readonly history: readonly HistoryEntry[];
  readonly data: Data;
  /**
   * Present from the moment the failure is certain: with the turn, or, where the pivot may have been sent, from the
   * arbiter's answer (U2, U4). While a saga is `Compensating` without it, nothing may be told to the customer.
   */
  readonly failure?: Failure;
  /**
   * True while it waits for a participant without an owner: at a step, and then its status is `Parked`, or at an undo that
   * was blocked or has used up its retries.
   */
  readonly isParked?: boolean;
}
