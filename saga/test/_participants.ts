import type { SagaDefinition, Step } from "../src/index.ts";
import type { ArbiterOutcome, StepOutcome } from "../src/outcome.ts";

/** Where one participant stands. `undone` is the tombstone: no do is accepted any more. */
export type Standing = "none" | "done" | "refused" | "undone" | "committed";

/**
 * Which steps are refused: `always`, which the participant remembers, or only when called again, which it does not, so
 * that the first call may still land after the refusal.
 */
export type Refusing = ReadonlyMap<string, "always" | "retries">;

/** The other side of the calls: one little state machine per compensable step, whose direction never turns. */
export class Participants {
  readonly standing = new Map<string, Standing>();
  /** The steps whose effect existed at some time. */
  readonly everDone = new Set<string>();
  readonly #definition: SagaDefinition<unknown>;
  readonly #refusing: Refusing;

  constructor(definition: SagaDefinition<unknown>, refusing: Refusing) {
    this.#definition = definition;
    this.#refusing = refusing;
  }

  of(step: string): Standing {
    return this.standing.get(step) ?? "none";
  }

  /** Carries out a step's do. */
  do(step: Step<unknown>, attempt: number): StepOutcome<unknown> {
    switch (step.kind) {
      case "check":
        return this.#refusing.get(step.name) ? no("CHECK_FAILED") : yes(step.name);
      case "compensable":
        return this.#doCompensable(step.name, attempt);
      case "pivot":
        return this.#commit(step.arbiter);
      default:
        return step satisfies never;
    }
  }

  /** Carries out a step's undo. */
  undo(step: string): ArbiterOutcome {
    if (this.of(step) === "committed") return { kind: "committed" };
    if (this.of(step) !== "refused") this.standing.set(step, "undone");
    return { kind: "done" };
  }

  /** The step that holds the pivot's state. */
  get committed(): boolean {
    return this.#definition.steps.some((step) => step.kind === "pivot" && this.of(step.arbiter) === "committed");
  }

  #doCompensable(step: string, attempt: number): StepOutcome<unknown> {
    switch (this.of(step)) {
      case "none":
        if (attempt > 1 && this.#refusing.get(step) === "retries") return no("NOT_ANY_MORE");
        this.standing.set(step, this.#refusing.get(step) === "always" ? "refused" : "done");
        if (this.of(step) === "done") this.everDone.add(step);
        return this.#doCompensable(step, attempt);
      case "done":
      case "committed":
        return yes(step);
      case "refused":
        return no("REFUSED");
      case "undone":
        return no("UNDONE");
      default:
        return this.of(step) as never;
    }
  }

  #commit(arbiter: string): StepOutcome<unknown> {
    if (this.of(arbiter) === "done") this.standing.set(arbiter, "committed");
    return this.of(arbiter) === "committed" ? { kind: "done" } : no("UNDONE");
  }
}

/** Done, now or before; the answer is the same each time, and worth keeping. */
function yes(step: string): StepOutcome<unknown> {
  return { kind: "done", patch: { [step]: `learnt from ${step}` } };
}

function no(code: string): StepOutcome<unknown> {
  return { kind: "refused", code, message: "" };
}
