import type { ClientBase, Pool } from "pg";
import type { DeadLetterStatus } from "../decision/dead-letter.ts";
import type { Operator } from "../decision/intervention.ts";
import type { Failure, HistoryEntry, SagaStatus } from "../state.ts";

/**
 * What is asked of the journal's rows by others than the engine: lists for operators, and what is appended to a saga
 * that has ended (D5).
 */
export interface SagaRecords {
  /**
   * Sagas in the order of their ids: oldest first where these are version 7. An `error` or `currentStep` is looked for in
   * all sagas of the statuses that are named.
   */
  listSagas(filter: SagaFilter, page: PageRange): Promise<readonly ListedSaga[]>;
  /** Dead letters, oldest first. */
  deadLetters(filter: DeadLetterFilter, page: PageRange): Promise<readonly DeadLetterRecord[]>;
  /** The dead letter with this id, a decimal number. */
  deadLetter(id: string): Promise<DeadLetterRecord | undefined>;
  /** The dead letter of this saga and step, undo or after-step. */
  deadLetterOf(sagaId: string, step: string): Promise<DeadLetterRecord | undefined>;
  /**
   * Puts the entry of an after-step into the history of a saga that has ended, or in the place of its earlier one, in the
   * caller's transaction. Idempotent and safe to repeat late: an entry that is `Completed` stays, and one that is not
   * `Completed` never takes the place of one with a later attempt. Resolves with false where nothing was changed. Status,
   * epoch and seq stay as they are.
   */
  recordAfterStep(tx: ClientBase | Pool, sagaId: string, entry: HistoryEntry): Promise<boolean>;
  /** Does so for many sagas in one statement, one entry for each. Resolves with the ids of those that were changed. */
  recordAfterSteps(tx: ClientBase | Pool, entries: readonly AfterEntry[]): Promise<ReadonlySet<string>>;
  /**
   * Appends who has asked for an after-step again, and why, to the history of a saga that has ended, in the caller's
   * transaction, as the engine does for what it is asked. `timestamp` is ISO 8601. Resolves with false where there is no such saga.
   */
  recordRetry(tx: ClientBase | Pool, sagaId: string, by: Operator, timestamp: string): Promise<boolean>;
  /** Leaves an Open dead letter for an after-step, or opens and updates the one there is, in the caller's transaction. */
  leaveAfterLetter(tx: ClientBase | Pool, letter: AfterLetter): Promise<void>;
  /** Marks the dead letter of an after-step as worked off; false where there is none that is open. */
  closeAfterLetter(tx: ClientBase | Pool, sagaId: string, step: string): Promise<boolean>;
}

/** Which sagas; what is left out does not narrow the list. */
export interface SagaFilter {
  readonly statuses?: readonly SagaStatus[];
  /** The step or undo that they are at, or ended at. */
  readonly currentStep?: string;
  /** Contained, in whatever case, in the failure's code or in a message of the history. */
  readonly error?: string;
  /** Only those that began at least so long ago. */
  readonly olderThanMs?: number;
}

/** Which dead letters; what is left out does not narrow the list. */
export interface DeadLetterFilter {
  readonly statuses?: readonly DeadLetterStatus[];
  readonly step?: string;
  readonly sagaId?: string;
}

/** A part of a list: at most `limit` rows that come after the row with the keys `after`. */
export interface PageRange {
  readonly limit: number;
  /** The `keys` of the last row of the page before. */
  readonly after?: readonly string[];
}

/** A saga in a list. Its data is left out: it may be personal. */
export interface ListedSaga {
  readonly id: string;
  /** The id of what the saga is about, such as an order's. */
  readonly key: string;
  readonly status: SagaStatus;
  readonly currentStep: string;
  readonly history: readonly HistoryEntry[];
  readonly failure?: Failure;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly completedAt?: string;
  /** Its place in the list: its id. */
  readonly keys: readonly [string];
}

/** A dead letter (U0). */
export interface DeadLetterRecord {
  /** A decimal number. */
  readonly id: string;
  readonly sagaId: string;
  /** The id of what the saga is about, such as an order's. */
  readonly key: string;
  /** The step, undo or after-step that was out of retries. */
  readonly step: string;
  /** `Open`: still retried, or waiting for a person. `Kept`: its saga was turned round. `WorkedOff`: done after all. */
  readonly status: DeadLetterStatus;
  readonly reason: string;
  readonly attempts: number;
  readonly lastError: string;
  /** What was asked for: the saga's key, the step, and what the definition's `describe` lets through. */
  readonly request: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Its place in the list: its id. */
  readonly keys: readonly [string];
}

/** An entry for the history of a saga that has ended. */
export interface AfterEntry {
  readonly sagaId: string;
  readonly entry: HistoryEntry;
}

/** A dead letter of what is to be sent after a saga's end. */
export interface AfterLetter {
  readonly sagaId: string;
  /** The after-step's name, such as `SendNotification`. */
  readonly step: string;
  readonly reason: string;
  readonly attempts: number;
  readonly lastError: string;
  /** Shown to operators: nothing personal. */
  readonly request: Readonly<Record<string, unknown>>;
}
