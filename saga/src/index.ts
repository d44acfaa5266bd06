export type { DeadLetterStatus } from "./decision/dead-letter.ts";
export type { Operator } from "./decision/intervention.ts";
export {
  type AfterSteps,
  type CheckStep,
  type CompensableStep,
  defaultPolicy,
  defineSaga,
  operatorEntries,
  type PivotedSaga,
  type PivotStep,
  type SagaBuilder,
  type SagaDefinition,
  type SagaOptions,
  type Step,
  type StepPolicy,
} from "./definition.ts";
export type { Engine, EngineOptions, NewSaga } from "./engine/api.ts";
export { createEngine } from "./engine/engine.ts";
export {
  ClosingError,
  InterventionRefusedError,
  OverloadedError,
  SagaCompensatingError,
  SagaEndedError,
  SagaNotFoundError,
  StaleError,
} from "./engine/errors.ts";
export type { RecoveryTimes } from "./engine/recovery.ts";
export { createPostgresJournal, type PostgresJournalOptions } from "./journal/postgres-journal.ts";
export type { Projection } from "./journal/projection.ts";
export type {
  AfterEntry,
  AfterLetter,
  DeadLetterFilter,
  DeadLetterRecord,
  ListedSaga,
  PageRange,
  SagaFilter,
  SagaRecords,
} from "./journal/records.ts";
export { type RowSource, rowSourceOf } from "./journal/row-source.ts";
export { createSagaRecords, type SagaRecordsOptions } from "./journal/saga-records.ts";
export { type Backlog, type Intent, type Journal, JournalRefusedError } from "./journal.ts";
export type { EventSaga, Observer, SagaEvent } from "./observer.ts";
export type {
  ArbiterOutcome,
  ArbiterUndo,
  Blocked,
  Committed,
  Do,
  Done,
  Refused,
  StepCall,
  StepOutcome,
  Unauthenticated,
  UnderWay,
  Undo,
  Undone,
  UndoOutcome,
  Unknown,
} from "./outcome.ts";
export type { Clock, Random } from "./ports.ts";
export type { EntryStatus, Failure, HistoryEntry, SagaSnapshot, SagaStatus } from "./state.ts";
export { isFinal } from "./state.ts";
export { systemClock, systemRandom } from "./system-ports.ts";
