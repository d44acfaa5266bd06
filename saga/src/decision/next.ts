import type { SagaDefinition } from "../definition.ts";
import { type Action, type Instant, saveAfterMs } from "./action.ts";
import { nextBackward } from "./backward.ts";
import { nextForward, nextOverruled } from "./forward.ts";
import type { SagaState } from "./saga-state.ts";

/**
 * Decides what happens next with a saga that has not ended. Pure: the same definition, state and time give the same
 * action. The engine performs the action, records what came of it (`answer.ts`) and asks again.
 *
 * Owns: every rule about what turns a saga (T1 to T4, `forward.ts`), what is undone and in which order (U1 to U4,
 * `backward.ts`), and what has to be durable before what (D1).
 * Does not own: how a call is made, how a write is committed (the journal), who runs a saga (the engine).
 *
 * Invariants, each a property test:
 * - no undo is called before the turn is durable (D1), none but the arbiter's before the arbiter has answered where the
 *   pivot may have been sent (U2);
 * - the turn is never taken back but by the arbiter (D1, U2), and then the saga ends knowing what all its steps found out;
 * - nothing but a refusal, a timeout, a give-up or an operator turns a saga (T1);
 * - a saga ends `Failed` only where nothing had to be undone (U4).
 */
export function next<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>, now: Instant): Action<Data> {
  const action = decide(definition, state, now);
  const isOverdue = state.isUnsaved && now.ms - state.savedAt >= saveAfterMs;
  return action.kind === "write" || !isOverdue ? action : { kind: "write", reason: "save", state };
}

function decide<Data>(definition: SagaDefinition<Data>, state: SagaState<Data>, now: Instant): Action<Data> {
  const { turn } = state;
  if (!turn) return nextForward(definition, state, now);
  const { verdict } = turn;
  if (verdict === "overruled") return nextOverruled(definition, state, now);
  return nextBackward(definition, state, { ...turn, verdict }, now);
}
