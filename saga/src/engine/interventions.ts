import { type Intervention, intervene, type Operator } from "../decision/intervention.ts";
import { claimedState, progressOf, type SagaState, snapshotOf } from "../decision/saga-state.ts";
import type { SagaDefinition } from "../definition.ts";
import type { Journal, StoredSaga, TakeOver } from "../journal.ts";
import type { Observer } from "../observer.ts";
import type { Clock } from "../ports.ts";
import { InterventionRefusedError, SagaCompensatingError, SagaEndedError, SagaNotFoundError } from "./errors.ts";
import { lettersToWrite } from "./letter-request.ts";

/** What an intervention needs. */
export interface InterventionContext<Data, Entity> {
  readonly definition: SagaDefinition<Data>;
  readonly journal: Journal<Data, Entity>;
  readonly clock: Clock;
  readonly observe: Observer;
}

/** A saga that goes on between two looks is looked at again, so often. */
const maxLooks = 20;

/**
 * O5: takes a saga over by an operator's wish: looks at the row, decides by the rules what is to be durable, and commits
 * that where the row is still as it was seen. Resolves with the row's new epoch: whoever has an older one is replaced, and
 * who claims the saga next has a newer one. Throws what `Engine.retry` says.
 */
export async function takeOverFor<Data, Entity>(
  ctx: InterventionContext<Data, Entity>,
  sagaId: string,
  intervention: Intervention,
  by: Operator,
): Promise<number> {
  for (let looks = 0; looks < maxLooks; looks++) {
    const { found, state } = await look(ctx, sagaId, intervention, by);
    if (await ctx.journal.takeOver(takeOverOf(ctx, found, state))) {
      const undo = intervention.kind === "resolve" ? intervention.undoName : undefined;
      const about = { sagaId, key: state.key };
      ctx.observe({
        kind: "intervened",
        action: intervention.kind,
        actor: by.actor,
        reason: by.reason,
        undo,
        ...about,
      });
      return found.epoch + 1;
    }
  }
  throw new Error(`saga ${sagaId} has gone on at each of ${maxLooks} looks`);
}

/** Rejects where `takeOverFor` would, as the saga stands now; writes nothing. */
export async function checkTakeOver<Data, Entity>(
  ctx: InterventionContext<Data, Entity>,
  sagaId: string,
  intervention: Intervention,
  by: Operator,
): Promise<void> {
  await look(ctx, sagaId, intervention, by);
}

async function look<Data, Entity>(
  ctx: InterventionContext<Data, Entity>,
  sagaId: string,
  intervention: Intervention,
  by: Operator,
): Promise<{ found: StoredSaga<Data>; state: SagaState<Data> }> {
  const found = await ctx.journal.inspect(sagaId);
  if (!found) throw new SagaNotFoundError(sagaId);
  return { found, state: decided(ctx, found, intervention, by) };
}

function decided<Data, Entity>(
  { definition, clock }: InterventionContext<Data, Entity>,
  found: StoredSaga<Data>,
  intervention: Intervention,
  by: Operator,
): SagaState<Data> {
  const { id } = found.saga;
  // As its last writer left it: what that one has undone counts until another one claims the saga.
  const state = claimedState(found, found.progress.writer, clock.now());
  const outcome = intervene(definition, state, intervention, by, clock.timestamp());
  switch (outcome.kind) {
    case "allowed":
      // O6: the rules of another definition are not known here.
      if (found.definition === definition.hash) return outcome.state;
      throw new InterventionRefusedError(id, "its definition is not known to this process");
    case "ended":
      throw new SagaEndedError(id);
    case "compensating":
      throw new SagaCompensatingError(id);
    case "impossible":
      throw new InterventionRefusedError(id, outcome.reason);
    default:
      return outcome satisfies never;
  }
}

function takeOverOf<Data, Entity>(
  { definition, clock }: InterventionContext<Data, Entity>,
  { epoch, seq }: StoredSaga<Data>,
  state: SagaState<Data>,
): TakeOver<Data> {
  return {
    epoch,
    seq,
    saga: snapshotOf(state),
    progress: progressOf(state),
    parkedForMs: state.parkedSince === undefined ? undefined : clock.now() - state.parkedSince,
    deadLetters: lettersToWrite(definition, state),
  };
}
