import type { ProviderState } from "./interaction.ts";

/** Brings about one state at the provider: through its door, or in its store. */
export type StateHandler = (params: NonNullable<ProviderState["params"]>) => Promise<unknown>;

/** Brings about these states, one after the other. Each has to be known. */
export async function enterStates(
  states: readonly ProviderState[],
  handlers: Readonly<Record<string, StateHandler>>,
): Promise<void> {
  for (const { name, params = {} } of states) {
    const enter = handlers[name];
    if (enter === undefined) throw new Error(`the provider does not know how it comes about that ${name}`);
    await enter(params);
  }
}
