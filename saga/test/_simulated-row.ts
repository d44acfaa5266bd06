import { claimedState, progressOf, type SagaState, snapshotOf } from "../src/decision/saga-state.ts";
import { isFinal } from "../src/index.ts";
import type { SagaWrite, TakeOver } from "../src/journal.ts";

/** What an owner that has claimed the saga holds. */
export interface Held {
  state: SagaState<unknown>;
  epoch: number;
  seq: number;
}

/** The journal's row of the one saga of a simulation, with the journal's guards, and what must hold of every row. */
export class SimulatedRow {
  /** True from the first turn that was durable. */
  turnIsDurable = false;
  #written: Pick<SagaWrite<unknown>, "saga" | "progress" | "epoch" | "seq">;
  #owner: string | undefined;
  #isClean = true;
  #dueAt = 0;
  #parkedAt: number | undefined;
  #failureWasTold = false;

  constructor(state: SagaState<unknown>) {
    this.#written = { saga: snapshotOf(state), progress: progressOf(state), epoch: 1, seq: 0 };
    this.#owner = state.owner;
  }

  get saga() {
    return this.#written.saga;
  }

  get epoch(): number {
    return this.#written.epoch;
  }

  get hasEnded(): boolean {
    return isFinal(this.saga.status);
  }

  get hasOwner(): boolean {
    return this.#owner !== undefined;
  }

  /** When anyone may claim it. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** D3, D5: applies a write where it is newer and the saga has not ended. */
  apply(write: SagaWrite<unknown>, now: number): void {
    if (this.epoch !== write.epoch || this.#written.seq >= write.seq || this.hasEnded) return;
    this.#written = write;
    if (write.dueInMs !== undefined || this.hasEnded) this.#owner = undefined;
    this.#dueAt = now + (write.dueInMs ?? 0);
    this.#parkedAt = write.parkedForMs === undefined ? undefined : now - write.parkedForMs;
    if (write.progress.turn) this.turnIsDurable = true;
    if (write.saga.failure) this.#failureWasTold = true;
    if (this.#failureWasTold && this.saga.status === "Completed") {
      throw new Error("completed after it was told to have failed");
    }
  }

  /** Anyone may claim what is due, or take it from an owner that seems lost, rightly or not. */
  claim(owner: string, now: number): Held | undefined {
    const isDue = !this.hasOwner && this.#dueAt <= now;
    if (this.hasEnded || (!this.hasOwner && !isDue)) return undefined;
    this.#owner = owner;
    this.#isClean &&= isDue;
    this.#written = { ...this.#written, epoch: this.epoch + 1 };
    return this.#seenBy(owner, now);
  }

  /** How an operator sees it. */
  look(now: number): Held {
    return this.#seenBy(this.#written.progress.writer, now);
  }

  /** O5: true where it still stands as the operator has seen it. */
  takeOver({ epoch, seq, saga, progress, parkedForMs }: Omit<TakeOver<unknown>, "deadLetters">, now: number): boolean {
    if (this.epoch !== epoch || this.#written.seq !== seq || this.hasEnded) return false;
    this.#written = { saga: { ...saga, data: this.saga.data }, progress, epoch: epoch + 1, seq };
    this.#isClean &&= !this.hasOwner;
    this.#owner = undefined;
    this.#dueAt = now;
    this.#parkedAt = parkedForMs === undefined ? undefined : now - parkedForMs;
    return true;
  }

  #seenBy(owner: string, now: number): Held {
    const { saga, progress, epoch, seq } = this.#written;
    const parkedForMs = this.#parkedAt === undefined ? undefined : now - this.#parkedAt;
    const claimed = { saga, progress, clean: this.#isClean, ageMs: now, parkedForMs };
    return { state: claimedState(claimed, owner, now), epoch, seq };
  }
}
