import { createHash } from "node:crypto";
import type { ArbiterOutcome, ArbiterUndo, Committed, Do, StepCall, Undo } from "./outcome.ts";

/**
 * A saga as data, read from top to bottom, each step with its undo on the same line:
 *
 * ```ts
 * const checkout = defineSaga<Checkout>("checkout", { timeoutMs: 300_000 })
 *   .check("ValidateInventory", validateInventory)
 *   .step("ReserveInventory", { do: reserveInventory, undo: releaseInventory, undoName: "ReleaseInventory" })
 *   .step("ProcessPayment", { do: processPayment, undo: refundPayment, undoName: "RefundPayment" })
 *   .pivot("CommitInventory", { do: commitInventory, arbiter: "ReserveInventory" })
 *   .after({ completed: "SendNotification", failed: "SendCancellation" });
 * ```
 *
 * What the types refuse: a step without an undo, a step after the pivot, a second pivot, an arbiter that is no earlier
 * step or whose undo cannot answer `committed`, a name used twice. What they cannot see is refused with a TypeError when
 * the definition is complete: no step at all, a time or a number of retries that makes no sense, a name that the history
 * gives to something else (`operatorEntries`).
 */
export function defineSaga<Data>(name: string, options: SagaOptions<Data>): SagaBuilder<Data, never, never> {
  return builder<Data>({
    name,
    timeoutMs: options.timeoutMs,
    describe: options.describe,
    policy: { ...defaultPolicy, ...options.policy },
    steps: [],
  });
}

/** Settings of a whole saga. */
export interface SagaOptions<Data> {
  /** From the commit of its intent, how long a saga may go forward before it is turned round. */
  readonly timeoutMs: number;
  /** Policy of every step that has none of its own. */
  readonly policy?: Partial<StepPolicy>;
  /**
   * What of a saga's data a dead letter may show to an operator, as JSON: picked by name, so that nothing personal gets
   * there by being added to the data. Default: nothing; the letter tells the saga's key and the step.
   */
  readonly describe?: (data: Readonly<Data>) => Readonly<Record<string, unknown>>;
}

/** How often a step is tried, and for how long (T3). */
export interface StepPolicy {
  /** Calls after the first before the step is exhausted. Default 3. */
  readonly retries: number;
  /** Wait before the first retry; doubled for each further one. Default 500. */
  readonly retryDelayMs: number;
  /** Limit of one call. Default 1500. */
  readonly callTimeoutMs: number;
  /** Parked on this step for longer, the saga is turned round. Default: the saga's timeout. */
  readonly giveUpAfterMs?: number;
}

/** The policy of a step for which nothing else is said: 9.5 s in all before it is exhausted. */
export const defaultPolicy: StepPolicy = { retries: 3, retryDelayMs: 500, callTimeoutMs: 1500 };

/** A step without an effect: nothing to undo. */
export interface CheckStep<Data> {
  readonly kind: "check";
  readonly name: string;
  readonly do: Do<Data>;
  readonly policy: StepPolicy;
}

/** A step with an effect that its undo takes back. */
export interface CompensableStep<Data> {
  readonly kind: "compensable";
  readonly name: string;
  readonly do: Do<Data>;
  readonly undo: ArbiterUndo<Data>;
  /** The undo's own name in the history, such as `RefundPayment`. */
  readonly undoName: string;
  readonly policy: StepPolicy;
}

/** The point of no return: once it has happened, nothing is undone (T4, U2). */
export interface PivotStep<Data> {
  readonly kind: "pivot";
  readonly name: string;
  readonly do: Do<Data>;
  /** The step whose undo tells whether the pivot has happened. */
  readonly arbiter: string;
  readonly policy: StepPolicy;
}

/** One step of a saga. */
export type Step<Data> = CheckStep<Data> | CompensableStep<Data> | PivotStep<Data>;

/** The names of the history's entries that tell what operators did; no step may have one of them. */
export const operatorEntries = { retry: "Retry", compensate: "Compensate", resolve: "Resolve" } as const;

/** What is to be sent when a saga has ended. Declared here, delivered by the service from its outbox. */
export interface AfterSteps {
  readonly completed?: string;
  readonly failed?: string;
}

/** A complete saga. */
export interface SagaDefinition<Data> {
  readonly name: string;
  readonly timeoutMs: number;
  readonly steps: readonly Step<Data>[];
  readonly after: AfterSteps;
  /** What of its data a dead letter may show. */
  readonly describe?: (data: Readonly<Data>) => Readonly<Record<string, unknown>>;
  /** Of the steps' names, kinds and order, not of their policies: who knows it can continue such a saga (O6). */
  readonly hash: string;
}

type UndoOf<Data> = Undo<Data> | ArbiterUndo<Data>;
type Unused<Name extends string, Used extends string> = Name extends Used ? never : Name;
type CanArbitrate<Fn extends (data: never, call: StepCall) => Promise<ArbiterOutcome>, Name> =
  Committed extends Awaited<ReturnType<Fn>> ? Name : never;

/** A saga under construction; `Used` are the names taken so far, `Arbiters` the steps a pivot may refer to. */
export interface SagaBuilder<Data, Used extends string, Arbiters extends string> {
  /** Adds a step without an effect. */
  check<Name extends string>(
    name: Unused<Name, Used>,
    run: Do<Data>,
    policy?: Partial<StepPolicy>,
  ): SagaBuilder<Data, Used | Name, Arbiters>;
  /** Adds a step with an effect, and its undo. */
  step<Name extends string, UndoName extends string, Fn extends UndoOf<Data>>(
    name: Unused<Name, Used>,
    step: {
      readonly do: Do<Data>;
      readonly undo: Fn;
      readonly undoName: Unused<UndoName, Used | Name>;
      readonly policy?: Partial<StepPolicy>;
    },
  ): SagaBuilder<Data, Used | Name | UndoName, Arbiters | CanArbitrate<Fn, Name>>;
  /** Adds the point of no return, which ends the list of steps. */
  pivot<Name extends string>(
    name: Unused<Name, Used>,
    step: { readonly do: Do<Data>; readonly arbiter: Arbiters; readonly policy?: Partial<StepPolicy> },
  ): PivotedSaga<Data>;
  /** Ends a saga that has no point of no return. */
  after(after: AfterSteps): SagaDefinition<Data>;
}

/** A saga whose pivot is set: only what follows its end can be added. */
export interface PivotedSaga<Data> {
  /** Ends the definition. */
  after(after: AfterSteps): SagaDefinition<Data>;
}

interface Draft<Data> {
  readonly name: string;
  readonly timeoutMs: number;
  readonly policy: StepPolicy;
  readonly describe?: SagaDefinition<Data>["describe"];
  readonly steps: readonly Step<Data>[];
}

function builder<Data>(draft: Draft<Data>): SagaBuilder<Data, never, never> {
  const policyOf = (own?: Partial<StepPolicy>): StepPolicy => ({ ...draft.policy, ...own });
  const add = (step: Step<Data>): Draft<Data> => ({ ...draft, steps: [...draft.steps, step] });
  const steps: SagaBuilder<Data, string, string> = {
    check: (name: string, run, policy) =>
      builder<Data>(add({ kind: "check", name, do: run, policy: policyOf(policy) })),
    step: (name: string, step) =>
      builder<Data>(
        add({
          kind: "compensable",
          name,
          do: step.do,
          undo: step.undo as ArbiterUndo<Data>,
          undoName: step.undoName,
          policy: policyOf(step.policy),
        }),
      ),
    pivot: (name: string, step) => {
      const pivoted = add({ kind: "pivot", name, do: step.do, arbiter: step.arbiter, policy: policyOf(step.policy) });
      return { after: (after) => complete(pivoted, after) };
    },
    after: (after) => complete(draft, after),
  };
  return steps as unknown as SagaBuilder<Data, never, never>;
}

function complete<Data>(draft: Draft<Data>, after: AfterSteps): SagaDefinition<Data> {
  const names = draft.steps.flatMap((step) => (step.kind === "compensable" ? [step.name, step.undoName] : [step.name]));
  names.push(...new Set([after.completed, after.failed].filter((name) => name !== undefined)));
  const taken = [...names, ...Object.values(operatorEntries)];
  if (new Set(taken).size < taken.length) {
    throw new TypeError(
      `saga ${draft.name}: every step, every undo and every after-step needs a name of its own, got ${names.join(", ")}`,
    );
  }
  const faults = faultsOf(draft);
  if (faults.length > 0) throw new TypeError(`saga ${draft.name}: ${faults.join("; ")}`);
  const shape = draft.steps.map((step) => [step.kind, ...namesOf(step)]);
  const hash = createHash("sha256")
    .update(JSON.stringify([draft.name, shape]))
    .digest("hex")
    .slice(0, 16);
  const { name, timeoutMs, steps, describe } = draft;
  return { name, timeoutMs, steps, after, describe, hash };
}

function namesOf<Data>(step: Step<Data>): readonly string[] {
  switch (step.kind) {
    case "check":
      return [step.name];
    case "compensable":
      return [step.name, step.undoName];
    case "pivot":
      return [step.name, step.arbiter];
    default:
      return step satisfies never;
  }
}

function faultsOf<Data>({ timeoutMs, steps }: Draft<Data>): readonly string[] {
  const unless = (isRight: boolean, fault: string): string[] => (isRight ? [] : [fault]);
  return [
    ...unless(steps.length > 0, "it needs a step"),
    ...unless(isTime(timeoutMs), `timeoutMs must be more than 0, got ${timeoutMs}`),
    ...steps.flatMap(({ name, policy: { retries, retryDelayMs, callTimeoutMs, giveUpAfterMs } }) => [
      ...unless(Number.isInteger(retries) && retries >= 0, `${name}: retries must be a whole number, got ${retries}`),
      ...unless(
        retryDelayMs === 0 || isTime(retryDelayMs),
        `${name}: retryDelayMs must be 0 or more, got ${retryDelayMs}`,
      ),
      ...unless(isTime(callTimeoutMs), `${name}: callTimeoutMs must be more than 0, got ${callTimeoutMs}`),
      ...unless(
        giveUpAfterMs === undefined || giveUpAfterMs === 0 || isTime(giveUpAfterMs),
        `${name}: giveUpAfterMs must be 0 or more, got ${giveUpAfterMs}`,
      ),
    ]),
  ];
}

function isTime(ms: number): boolean {
  return Number.isFinite(ms) && ms > 0;
}
