/**
 * What a participant's answer means to the saga. A step translates its own protocol into one of these, once; the engine
 * never sees a status code. The names follow rules T1 to T3.
 */

/**
 * The step's effect is certain. `patch` is merged into the saga's data, `message` goes to its history. A patch that is not
 * JSON (a bigint, a function, text with a NUL) cannot be kept, and makes the outcome unknown.
 */
export interface Done<Data> {
  readonly kind: "done";
  readonly patch?: Partial<Data>;
  readonly message?: string;
}

/** The participant said no, for good (T1). The only answer that turns a saga round. */
export interface Refused {
  readonly kind: "refused";
  /** Stable and machine readable, such as `OUT_OF_STOCK`; becomes the saga's failure code. */
  readonly code: string;
  /** For a person. */
  readonly message: string;
}

/** An earlier call for the same saga is still being worked on: ask again in a moment, spending no attempt (T2). */
export interface UnderWay {
  readonly kind: "underWay";
}

/** The call was not sent: its breaker is open or its bulkhead is full. Parks the saga, spending no attempt (T3). */
export interface Blocked {
  readonly kind: "blocked";
  readonly message: string;
}

/** Our own credentials were refused. The caller renews them; the call is made again and no attempt is spent (T1). */
export interface Unauthenticated {
  readonly kind: "unauthenticated";
}

/** Anything may have happened: a timeout, a lost connection, an error that promises nothing. A throw means the same. */
export interface Unknown {
  readonly kind: "unknown";
  readonly message: string;
}

/** Only the arbiter's undo answers this: the pivot has happened, so nothing may be undone any more (U2). */
export interface Committed {
  readonly kind: "committed";
}

/** The undo is certain: the effect is gone, or will never come. */
export interface Undone {
  readonly kind: "done";
  readonly message?: string;
}

/** What a step's `do` resolves to. */
export type StepOutcome<Data> = Done<Data> | Refused | UnderWay | Blocked | Unauthenticated | Unknown;

/** What an undo resolves to. No refusal is final for an undo (T1), so there is none. */
export type UndoOutcome = Undone | UnderWay | Blocked | Unauthenticated | Unknown;

/** What the undo of a pivot's arbiter resolves to. */
export type ArbiterOutcome = UndoOutcome | Committed;

/** One call of a step or of an undo. */
export interface StepCall {
  /** The saga's id. */
  readonly sagaId: string;
  /** The id of what the saga is about (an order's id): the participants' idempotency key. */
  readonly key: string;
  /** The attempt's number, from 1. */
  readonly attempt: number;
  /** How long the call may take; the engine takes a later answer for an unknown outcome. */
  readonly timeoutMs: number;
  /** Aborts when the time is over or the engine gives the saga up. */
  readonly signal: AbortSignal;
}

/** Makes a step's effect. Must be idempotent by `call.key`. */
export type Do<Data> = (data: Readonly<Data>, call: StepCall) => Promise<StepOutcome<Data>>;

/** Takes a step's effect back, or makes sure that it never comes. Must be idempotent by `call.key`. */
export type Undo<Data> = (data: Readonly<Data>, call: StepCall) => Promise<UndoOutcome>;

/** The undo of a step that may serve as a pivot's arbiter. */
export type ArbiterUndo<Data> = (data: Readonly<Data>, call: StepCall) => Promise<ArbiterOutcome>;
