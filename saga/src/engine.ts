import type { SagaSnapshot } from "./state.ts";

/** Runs the sagas of one definition. */
export interface Engine<Data, Entity> {
  /** Begins to heartbeat, to claim what is due, and to accept sagas. */
  start(): Promise<void>;
  /**
   * Commits the intent and starts the saga. `conflict`: what it is about exists already (its key, or another unique
   * value of it), nothing was written; read the winner. Throws `OverloadedError` before any write when too many sagas
   * are in flight, `ClosingError` while shutting down, and the journal's error when it could not be written.
   */
  submit(saga: NewSaga<Data, Entity>): Promise<"created" | "conflict">;
  /**
   * Resolves with the saga as it stands when it has ended or parked, when `withinMs` is over, or when `signal` aborts,
   * wherever it runs (O4); undefined where there is no such saga.
   */
  settled(sagaId: string, limit: { withinMs: number; signal?: AbortSignal }): Promise<SagaSnapshot<Data> | undefined>;
  /** Makes every saga that waits for one of these steps or undos due now: their participant is back (T3). */
  wake(names: readonly string[]): Promise<void>;
  /** How many sagas this process is running right now. */
  readonly inFlight: number;
  /** How many sagas are parked, by the journal, and for how long the oldest. */
  parked(): Promise<{ count: number; oldestSeconds: number }>;
  /** Stops accepting and claiming, lets running sagas finish for `drainMs`, hands the rest over (O3). */
  close(options: { drainMs: number }): Promise<void>;
}

/** A saga to be started. */
export interface NewSaga<Data, Entity> {
  /** A UUID, minted by the caller; version 7 keeps the journal's index compact. */
  readonly id: string;
  /** What it is about, such as an order's id: a UUID, and every participant's idempotency key. */
  readonly key: string;
  readonly data: Data;
  /** What the service's projection inserts in the same transaction, such as the order. */
  readonly entity: Entity;
}

/** Too many sagas are in flight; nothing was written. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super("too many sagas in flight");
    this.retryAfterMs = retryAfterMs;
  }
}

/** The engine is shutting down and takes no new saga; nothing was written. */
export class ClosingError extends Error {
  override readonly name = "ClosingError";
  constructor() {
    super("the saga engine is shutting down");
  }
}
