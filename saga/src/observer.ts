import type { Failure, SagaStatus } from "./state.ts";

/** What every event tells about its saga. For logs; ids never become metric labels. */
export interface EventSaga {
  readonly sagaId: string;
  readonly key: string;
}

/** Something worth counting or logging. */
export type SagaEvent =
  | ({ readonly kind: "started" } & EventSaga)
  /** A call of a step or of an undo has been answered, or was not sent (`blocked`). */
  | ({
      readonly kind: "called";
      readonly direction: "do" | "undo";
      readonly step: string;
      readonly attempt: number;
      readonly result: "done" | "refused" | "committed" | "underWay" | "blocked" | "unauthenticated" | "unknown";
      /** A refusal's code, or what is known of an unknown outcome. */
      readonly reason?: string;
      readonly message?: string;
      readonly durationMs: number;
    } & EventSaga)
  /**
   * The turn is durable (the order is failed from here, unless the arbiter is still to answer). Once per saga, also where
   * it is the end because nothing is to be undone.
   */
  | ({ readonly kind: "turned"; readonly failure: Failure; readonly awaitsArbiter: boolean } & EventSaga)
  /** One undo is certain. `reason` is the failure's code. */
  | ({ readonly kind: "compensated"; readonly step: string; readonly reason: string } & EventSaga)
  | ({ readonly kind: "parked"; readonly step: string } & EventSaga)
  /** A step or undo is out of retries. An exhausted undo is an alarm (U3). */
  | ({
      readonly kind: "exhausted";
      readonly direction: "do" | "undo";
      readonly step: string;
      readonly attempts: number;
      readonly message: string;
    } & EventSaga)
  /** Taken from the journal. `lost`: its last owner did not hand it over. */
  | ({ readonly kind: "claimed"; readonly lost: boolean; readonly epoch: number } & EventSaga)
  /** Another owner has it now: this one has stopped. */
  | ({ readonly kind: "replaced" } & EventSaga)
  | ({
      readonly kind: "finished";
      readonly status: SagaStatus;
      readonly failure?: Failure;
      /** Since the saga's intent was committed. */
      readonly durationMs: number;
    } & EventSaga)
  /** An operator has acted on the saga: it was taken over, and whoever claims it goes on. */
  | ({
      readonly kind: "intervened";
      readonly action: "retry" | "compensate" | "resolve";
      readonly actor: string;
      readonly reason: string;
      /** The undo that was resolved. */
      readonly undo?: string;
    } & EventSaga)
  /**
   * A fault of the engine's own, or a write that the journal refuses for good. This process runs the saga again, less and
   * less often: an alarm, for nobody but a person can mend it.
   */
  | ({
      readonly kind: "crashed";
      readonly error: unknown;
      /** How often in a row this process has failed with it. */
      readonly times: number;
      /** Not before so long does this process run it again. */
      readonly retryInMs: number;
    } & EventSaga)
  /** This process's heartbeat is too old: it has let go of what it held. */
  | { readonly kind: "stale" }
  /** The journal could not be reached, or did not do what it was asked for; the engine tries again. */
  | { readonly kind: "journalFailed"; readonly operation: string; readonly error: unknown };

/** Receives the engine's events, synchronously; must not throw. */
export type Observer = (event: SagaEvent) => void;
