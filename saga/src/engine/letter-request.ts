import type { DeadLetter } from "../decision/dead-letter.ts";
import type { SagaState } from "../decision/saga-state.ts";
import type { SagaDefinition } from "../definition.ts";
import type { JournalLetter } from "../journal.ts";
import { faultOfPatch } from "./patch-fault.ts";

/** The changes among a saga's dead letters, as the journal keeps them: with what was asked for (U0). */
export function lettersToWrite<Data>(
  definition: SagaDefinition<Data>,
  { key, data, deadLetters }: SagaState<Data>,
): readonly JournalLetter[] {
  return deadLetters.map((letter) => withRequest(letter, () => ({ ...described(definition, data), key })));
}

function withRequest(letter: DeadLetter, request: () => Readonly<Record<string, unknown>>): JournalLetter {
  return letter.kind === "left" ? { ...letter, request: { ...request(), step: letter.step } } : letter;
}

/** A description that fails, or that the journal could not hold, must not hold up the saga: there is none then. */
function described<Data>({ describe }: SagaDefinition<Data>, data: Data): Readonly<Record<string, unknown>> {
  try {
    const description = describe?.(data) ?? {};
    return faultOfPatch(description) ? {} : description;
  } catch {
    // As said above.
    return {};
  }
}
