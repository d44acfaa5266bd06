import type { ClosedLetter, LeftLetter } from "./decision/dead-letter.ts";
import type { Progress } from "./decision/saga-state.ts";
import type { SagaSnapshot } from "./state.ts";

/**
 * What the engine asks of its journal: the only durable thing it knows. `createPostgresJournal` is one; a test puts its
 * own in its place. Times cross this border as ages and delays, for the journal's clock is another than ours (D5).
 *
 * Whatever throws here has an unknown outcome unless it says otherwise, and the engine repeats it: the same decision
 * under a higher seq, never a new one (D3).
 */
export interface Journal<Data, Entity> {
  /** Commits an intent with `owner` as its owner, epoch 1, seq 0 (D1, D4). Repeating it is safe. */
  insert(intent: Intent<Data, Entity>, owner: string, definition: string): Promise<"created" | "conflict">;
  /** Commits a decision where (epoch, seq) is newer and the saga has not ended (D3). */
  write(write: SagaWrite<Data>): Promise<"written" | "replaced">;
  /** Takes over sagas that have no owner and are due; they keep their `clean` (O2). */
  claimDue(claim: Claim): Promise<readonly ClaimedSaga<Data>[]>;
  /**
   * Takes over sagas whose owner has not beaten for `staleMs`; from then on they are not clean (O1, U1). Nothing, unless
   * the claimer's own heartbeat has been unbroken for as long, and is no older than `gapMs`, when the statement runs: it may
   * come late to a journal that has hung, and then everybody seems lost.
   */
  claimLost(claim: Claim, staleMs: number, gapMs: number): Promise<readonly ClaimedSaga<Data>[]>;
  /** Takes over sagas of the claimer's own that it does not hold and that are older than `olderThanMs` (O2). */
  claimOwn(claim: Claim, held: readonly string[], olderThanMs: number): Promise<readonly ClaimedSaga<Data>[]>;
  /** Looks at a saga without taking it; undefined where there is none. */
  inspect(sagaId: string): Promise<StoredSaga<Data> | undefined>;
  /**
   * Commits an operator's decision where the saga still stands at (epoch, seq), and takes it from its owner: epoch + 1, no
   * owner, due now, and no longer clean where it had an owner, who may have called more than it has written (O5, U1).
   * Resolves with false where the saga has gone on. Its data stays as it is.
   */
  takeOver(change: TakeOver<Data>): Promise<boolean>;
  /** Reads sagas as they stand, in no order; what does not exist is left out. */
  read(sagaIds: readonly string[]): Promise<readonly SagaSnapshot<Data>[]>;
  /** Makes due what waits for one of these steps or undos (T3). */
  wake(names: readonly string[]): Promise<void>;
  /** What waits; `definitions` are those that are known. */
  backlog(definitions: readonly string[]): Promise<Backlog>;
  /** Tells that `owner` is alive (O1); after a gap of more than `gapMs` its heartbeat counts as broken. */
  beat(owner: string, gapMs: number): Promise<void>;
  /** Tells that `owner` is gone for good and holds nothing. */
  retire(owner: string): Promise<void>;
  /** Lets go of its connections; the pool stays its giver's. */
  close(): Promise<void>;
}

/** What waits in a journal. */
export interface Backlog {
  /** Sagas that are parked, those among them that wait for an undo. */
  readonly parked: number;
  /** For how long the longest of them has been parked on its step or undo; 0 where none is. */
  readonly oldestParkedSeconds: number;
  /** Sagas that have not ended and whose definition is not known to who asks: nobody like it will run them (O6). */
  readonly unknownDefinition: number;
}

/** A saga about to be inserted, with what it is about. */
export interface Intent<Data, Entity> {
  readonly sagaId: string;
  readonly key: string;
  readonly data: Data;
  readonly entity: Entity;
}

/** One decision to be made durable. */
export interface SagaWrite<Data> {
  readonly epoch: number;
  readonly seq: number;
  readonly saga: SagaSnapshot<Data>;
  readonly progress: Progress;
  /** Given where the saga is let go: anyone may claim it after so long. */
  readonly dueInMs?: number;
  /** For how long it has been parked on the step it is at. */
  readonly parkedForMs?: number;
  /** What has changed among its dead letters, one change of each at most. */
  readonly deadLetters: readonly JournalLetter[];
}

/** A change of a dead letter; what is left tells what was asked for, and nothing personal. */
export type JournalLetter = (LeftLetter & { readonly request: Readonly<Record<string, unknown>> }) | ClosedLetter;

/** A saga as the journal has it, whoever runs it. */
export interface StoredSaga<Data> extends ClaimedSaga<Data> {
  /** The hash of its definition (O6). */
  readonly definition: string;
}

/** What an operator has decided about a saga that was seen at (epoch, seq) (O5). */
export interface TakeOver<Data> {
  readonly epoch: number;
  readonly seq: number;
  readonly saga: SagaSnapshot<Data>;
  readonly progress: Progress;
  /** For how long it has been parked on the step it is at. */
  readonly parkedForMs?: number;
  readonly deadLetters: readonly JournalLetter[];
}

/** Who claims, how many at most, and of which definitions (O6). */
export interface Claim {
  readonly owner: string;
  readonly limit: number;
  readonly definitions: readonly string[];
}

/** A saga taken over: `epoch` is the new owner's, and every write of it carries it. */
export interface ClaimedSaga<Data> {
  readonly saga: SagaSnapshot<Data>;
  readonly progress: Progress;
  readonly clean: boolean;
  readonly epoch: number;
  readonly seq: number;
  /** Since the commit of its intent. */
  readonly ageMs: number;
  readonly parkedForMs?: number;
}

/** The journal cannot hold this row, whatever else happens; nothing of it was written, and repeating does not help. */
export class JournalRefusedError extends Error {
  override readonly name = "JournalRefusedError";
}
