import type { Operator } from "../decision/intervention.ts";
import type { SagaDefinition } from "../definition.ts";
import type { Backlog, Journal } from "../journal.ts";
import type { Observer } from "../observer.ts";
import type { Clock, Random } from "../ports.ts";
import type { SagaSnapshot } from "../state.ts";
import type { RecoveryTimes } from "./recovery.ts";

/** Runs the sagas of one definition. */
export interface Engine<Data, Entity> {
  /** Begins to heartbeat and to claim what is due. Rejects where the journal cannot be reached. */
  start(): Promise<void>;
  /**
   * Commits the intent and starts the saga. `conflict`: what it is about exists already (its key, or another unique
   * value of it), nothing was written; read the winner. Throws `OverloadedError` before any write when too many sagas
   * are in flight, `StaleError` while the journal cannot be reached, `ClosingError` while shutting down, and the journal's
   * error when the intent could not be committed; should it turn out to be committed after all, the saga is run.
   */
  submit(saga: NewSaga<Data, Entity>): Promise<"created" | "conflict">;
  /**
   * Resolves with the saga as it stands when it has ended or parked, when `withinMs` is over, or when `signal` aborts,
   * wherever it runs (O4); undefined where there is no such saga.
   */
  settled(sagaId: string, limit: { withinMs: number; signal?: AbortSignal }): Promise<SagaSnapshot<Data> | undefined>;
  /** Makes every saga that waits for one of these steps or undos due now: their participant is back (T3). */
  wake(names: readonly string[]): Promise<void>;
  /** How many sagas this process is running or about to insert. */
  readonly inFlight: number;
  /** What waits in the journal, in one question to it: for a metric. */
  backlog(): Promise<Backlog>;
  /**
   * Every change of the saga, live where it runs in this process: a call begins, is answered, the saga is parked, turned,
   * at its end; where it runs elsewhere, what the journal gets to know of it, a quarter of a second later at most. Begins
   * with the saga as it stands, and ends after its end, when `signal` aborts, when its reader leaves, or, without the
   * saga's end, when the engine closes. A reader that keeps up is told of every change; one that lags by many is given
   * the newest. The iterator throws `SagaNotFoundError` where there is no such saga.
   */
  watch(sagaId: string, options?: { signal?: AbortSignal }): AsyncIterableIterator<SagaSnapshot<Data>>;
  /**
   * O5: has the step or undo that the saga waits for tried now, with all its attempts and its give-up time afresh; the
   * saga's timeout goes on. Like the two below it takes the saga over, from a living owner too: whichever process claims
   * it next goes on, by the engine's rules. Rejects with `SagaNotFoundError`, `SagaEndedError` or
   * `InterventionRefusedError`, or the journal's error, where asking again is safe.
   */
  retry(sagaId: string, by: Operator): Promise<void>;
  /**
   * O5: has the saga turned round, with the failure `CANCELLED_BY_OPERATOR`. Where the pivot may have been sent, its arbiter
   * decides, so that the saga may still end `Completed` (U2). Rejects like `retry`, and with `SagaCompensatingError`.
   */
  compensate(sagaId: string, by: Operator): Promise<void>;
  /**
   * O5: counts an undo as done by hand. The caller has made sure before that the participant holds the undo's tombstone:
   * that cannot change any more, so nothing is lost between that look and this. Rejects like `retry`; with
   * `InterventionRefusedError` for the arbiter's undo, one that is not outstanding, and a saga that is not compensating.
   */
  resolve(sagaId: string, undoName: string, by: Operator): Promise<void>;
  /** Rejects where `resolve` would, as the saga stands now; for a caller to ask before the look at the participant. */
  mayResolve(sagaId: string, undoName: string, by: Operator): Promise<void>;
  /**
   * Stops accepting and claiming, lets running sagas finish for `drainMs`, hands the rest over (O3). The journal stays
   * its giver's to close. `door` settles when those who submit are gone: until then new sagas are still taken, for at most
   * `drainMs`, so that whoever was let in before is not turned away. Without it none is taken from the call on.
   */
  close(options: { drainMs: number; door?: Promise<unknown> }): Promise<void>;
}

/** A saga to be started. */
export interface NewSaga<Data, Entity> {
  /** A UUID, minted anew for each submission; version 7 keeps the journal's index compact. */
  readonly id: string;
  /** What it is about, such as an order's id: a UUID, and every participant's idempotency key. */
  readonly key: string;
  readonly data: Data;
  /** What the service's projection inserts in the same transaction, such as the order. */
  readonly entity: Entity;
}

/** What an engine is made of. */
export interface EngineOptions<Data, Entity> {
  readonly definition: SagaDefinition<Data>;
  readonly journal: Journal<Data, Entity>;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's. */
  readonly random?: Random;
  /** Default: nobody listens. */
  readonly observe?: Observer;
  /** So many sagas at once; more are refused. Default 512. */
  readonly maxInFlight?: number;
  readonly times?: Partial<RecoveryTimes>;
}
