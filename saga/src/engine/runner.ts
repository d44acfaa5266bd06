import type { CallAction, Instant, WriteAction } from "../decision/action.ts";
import { answered, blocked, resumed, saved, sent, undoAnswered } from "../decision/answer.ts";
import { next } from "../decision/next.ts";
import { hasEnded, progressOf, type SagaState, snapshotOf } from "../decision/saga-state.ts";
import type { SagaDefinition } from "../definition.ts";
import { type Journal, JournalRefusedError } from "../journal.ts";
import type { Observer } from "../observer.ts";
import type { ArbiterOutcome, StepOutcome } from "../outcome.ts";
import { type Clock, type Random, wait } from "../ports.ts";
import { callStep, type Outcome } from "./call-step.ts";
import { lettersToWrite } from "./letter-request.ts";
import { reportAnswer, reportWrite } from "./report.ts";

/** A saga that this process runs. */
export interface HeldSaga<Data> {
  state: SagaState<Data>;
  readonly epoch: number;
  seq: number;
  /**
   * Set when it is to be let go: `handOver` records what is known and releases it (O3); `abandon` does nothing more, for
   * another owner has it or will take it (O1, D3).
   */
  stop?: "handOver" | "abandon";
  /** Ends what it is waiting for right now. */
  interrupt?: () => void;
}

/** What a run needs. */
export interface RunContext<Data, Entity> {
  readonly definition: SagaDefinition<Data>;
  readonly journal: Journal<Data, Entity>;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observer;
  /** False when this process's heartbeat is too old to act on what it holds (O1). */
  isFresh(): boolean;
  /** True where this step's or undo's participant was said to be back at this time or later (T3). */
  isWokenSince(name: string, ms: number): boolean;
  /** Told of every change of a saga's state: a call begins or is answered, a decision is durable. */
  changed(held: HeldSaga<Data>): void;
}

/**
 * How a run ended: the saga has ended, is parked, or backs off (`dueInMs` says for how long), or it is not this owner's
 * any more. `missedWake`: it was parked for longer although its participant came back meanwhile. `crashed`: it has failed.
 */
export type RunEnd =
  | { readonly kind: "ended" }
  | { readonly kind: "crashed" }
  | { readonly kind: "released"; readonly isParked: boolean; readonly dueInMs: number; readonly missedWake: boolean }
  | { readonly kind: "lost" };

/**
 * Runs one saga until it ends or is let go: asks `next`, performs the action, records what came of it.
 *
 * Owns: the loop, the limit of every call, the repetition of a write whose outcome is unknown.
 * Does not own: any rule about sagas (`next`), how a write is committed (the journal).
 *
 * Invariants: one action at a time; nothing is called before a write it depends on is committed (D1); a write is
 * repeated with the same decision and a higher seq until its outcome is known, and nothing is decided meanwhile (D3);
 * whoever is replaced stops (D3); whoever is stale stops (O1). Rejects where the journal refuses a write for good: the
 * saga is left for recovery to find, and holds no slot meanwhile.
 */
export async function runSaga<Data, Entity>(ctx: RunContext<Data, Entity>, held: HeldSaga<Data>): Promise<RunEnd> {
  let calledAt = ctx.clock.now();
  for (;;) {
    if (!ctx.isFresh()) held.stop = "abandon";
    if (held.stop === "abandon") return { kind: "lost" };
    const now = instant(ctx.clock);
    const action = held.stop === "handOver" ? handOver(held.state) : next(ctx.definition, held.state, now);
    switch (action.kind) {
      case "call":
        calledAt = now.ms;
        await perform(ctx, held, action, now);
        break;
      case "wait":
        await pause(ctx.clock, held, action.delayMs);
        held.state = resumed(held.state);
        break;
      case "write": {
        const isParked = action.reason === "park";
        // T3: a wake finds only what is parked already, and this is about to be.
        const isWoken = (): boolean => isParked && ctx.isWokenSince(action.state.currentStep, calledAt);
        const isDueNow = isWoken();
        const delayMs = isDueNow ? 0 : action.dueInMs;
        const dueInMs = delayMs === undefined ? undefined : jittered(ctx.random, delayMs);
        if (!(await commit(ctx, held, { ...action, dueInMs }))) return { kind: "lost" };
        if (hasEnded(held.state)) return { kind: "ended" };
        if (dueInMs !== undefined) return { kind: "released", isParked, dueInMs, missedWake: !isDueNow && isWoken() };
        break;
      }
      default:
        action satisfies never;
    }
  }
}

/** The rules see the delay as it is at most; spreading it keeps a thousand sagas from coming back at once. */
function jittered(random: Random, delayMs: number): number {
  return delayMs * (0.5 + random.fraction() / 2);
}

function instant(clock: Clock): Instant {
  return { ms: clock.now(), timestamp: clock.timestamp() };
}

function handOver<Data>(state: SagaState<Data>): WriteAction<Data> {
  return { kind: "write", reason: "handOver", state, dueInMs: 0 };
}

async function perform<Data, Entity>(
  ctx: RunContext<Data, Entity>,
  held: HeldSaga<Data>,
  action: CallAction<Data>,
  startedAt: Instant,
): Promise<void> {
  const before = held.state;
  held.state = sent(before, action, startedAt);
  ctx.changed(held);
  const call = callStep(ctx.clock, held.state, action);
  held.interrupt = call.abort;
  const outcome = await call.outcome;
  held.interrupt = undefined;
  const now = instant(ctx.clock);
  held.state = afterAnswer(before, held.state, action, outcome, now);
  ctx.changed(held);
  reportAnswer(ctx.observe, held.state, action, outcome, now.ms - startedAt.ms);
}

function afterAnswer<Data>(
  before: SagaState<Data>,
  state: SagaState<Data>,
  action: CallAction<Data>,
  outcome: Outcome<Data>,
  now: Instant,
): SagaState<Data> {
  if (outcome.kind === "blocked") return blocked(before, action);
  return action.direction === "do"
    ? answered(state, action, outcome as Exclude<StepOutcome<Data>, { kind: "blocked" }>, now)
    : undoAnswered(state, action, outcome as Exclude<ArbiterOutcome, { kind: "blocked" }>, now);
}

/** Commits a decision; false where the saga is not this owner's any more. Throws where the journal refuses it for good. */
async function commit<Data, Entity>(
  ctx: RunContext<Data, Entity>,
  held: HeldSaga<Data>,
  action: WriteAction<Data>,
): Promise<boolean> {
  const { state, dueInMs } = action;
  for (let failures = 0; ; failures++) {
    held.seq++;
    const nowMs = ctx.clock.now();
    try {
      const outcome = await ctx.journal.write({
        epoch: held.epoch,
        seq: held.seq,
        saga: snapshotOf(state),
        progress: progressOf(state),
        dueInMs,
        parkedForMs: state.parkedSince === undefined ? undefined : nowMs - state.parkedSince,
        deadLetters: lettersToWrite(ctx.definition, state),
      });
      if (outcome === "replaced") {
        ctx.observe({ kind: "replaced", sagaId: state.id, key: state.key });
        return false;
      }
      held.state = saved(state, nowMs);
      ctx.changed(held);
      reportWrite(ctx.observe, action, nowMs);
      return true;
    } catch (error) {
      if (error instanceof JournalRefusedError) throw error;
      ctx.observe({ kind: "journalFailed", operation: action.reason, error });
      await pause(ctx.clock, held, jittered(ctx.random, Math.min(100 * 2 ** failures, 5000)));
      if (held.stop === "abandon" || !ctx.isFresh()) return false;
    }
  }
}

async function pause<Data>(clock: Clock, held: HeldSaga<Data>, delayMs: number): Promise<void> {
  const controller = new AbortController();
  held.interrupt = () => controller.abort();
  await wait(clock, delayMs, controller.signal);
  held.interrupt = undefined;
}
