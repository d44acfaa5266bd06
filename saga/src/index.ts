export {
  type AfterSteps,
  type CheckStep,
  type CompensableStep,
  defaultPolicy,
  defineSaga,
  type PivotedSaga,
  type PivotStep,
  type SagaBuilder,
  type SagaDefinition,
  type SagaOptions,
  type Step,
  type StepPolicy,
} from "./definition.ts";
export { ClosingError, type Engine, type NewSaga, OverloadedError } from "./engine.ts";
export type { Intent, Projection } from "./journal/projection.ts";
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
