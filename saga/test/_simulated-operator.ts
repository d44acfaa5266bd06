import { type Intervention, intervene } from "../src/decision/intervention.ts";
import { progressOf, snapshotOf } from "../src/decision/saga-state.ts";
import type { SagaDefinition } from "../src/index.ts";
import type { TakeOver } from "../src/journal.ts";
import type { Participants } from "./_participants.ts";
import type { SimulatedRow } from "./_simulated-row.ts";

const by = { actor: "oscar", reason: "to see what happens" };

/** Somebody who acts on the saga from a process that does not run it: looks, decides, and commits a while later. */
export class SimulatedOperator {
  /** True from the first compensation that was accepted. */
  hasCancelled = false;
  readonly #definition: SagaDefinition<unknown>;
  readonly #row: SimulatedRow;
  readonly #participants: Participants;
  #intends: { readonly change: Omit<TakeOver<unknown>, "deadLetters">; readonly isCancelling: boolean } | undefined;

  constructor(definition: SagaDefinition<unknown>, row: SimulatedRow, participants: Participants) {
    this.#definition = definition;
    this.#row = row;
    this.#participants = participants;
  }

  possibleEvents(now: number): (() => void)[] {
    if (this.#intends) return [() => this.#commit(now)];
    return [
      () => this.#decide({ kind: "retry" }, now),
      () => this.#decide({ kind: "compensate" }, now),
      ...this.#undoNames().map((undoName) => () => this.#resolve(undoName, now)),
    ];
  }

  #undoNames(): readonly string[] {
    return this.#definition.steps.flatMap((step) => (step.kind === "compensable" ? [step.undoName] : []));
  }

  /** Undoes it by hand, as the rules ask for: not before it is certain that the saga goes back, and not for the arbiter. */
  #resolve(undoName: string, now: number): void {
    const { turn } = this.#row.look(now).state;
    const step = this.#definition.steps.find((one) => one.kind === "compensable" && one.undoName === undoName);
    const isArbiter = this.#definition.steps.some((one) => one.kind === "pivot" && one.arbiter === step?.name);
    if (step && turn?.verdict === "confirmed" && !isArbiter) this.#participants.undo(step.name);
    this.#decide({ kind: "resolve", undoName }, now);
  }

  #decide(intervention: Intervention, now: number): void {
    const { state: seen, epoch, seq } = this.#row.look(now);
    const outcome = intervene(this.#definition, seen, intervention, by, "");
    if (outcome.kind !== "allowed") return;
    const { state } = outcome;
    const parkedForMs = state.parkedSince === undefined ? undefined : now - state.parkedSince;
    const change = { epoch, seq, saga: snapshotOf(state), progress: progressOf(state), parkedForMs };
    this.#intends = { change, isCancelling: intervention.kind === "compensate" };
  }

  #commit(now: number): void {
    const intended = this.#intends;
    this.#intends = undefined;
    if (!intended || !this.#row.takeOver(intended.change, now)) return;
    this.hasCancelled ||= intended.isCancelling;
  }
}
