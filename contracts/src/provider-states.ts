import type { ProviderState, RpcBoundary, RpcInteraction } from "./interaction.ts";

/** Brings about one state at the provider: through its door, or in its store. */
export type StateHandler = (params: NonNullable<ProviderState["params"]>) => Promise<unknown>;

/** Where the running provider is and how it is brought into each state. */
export interface ProviderOptions {
  /** The provider's gRPC door, `host:port`; asked for when the tests run. */
  address(): string;
  /** The token that goes with an interaction's call; undefined for none. */
  token(interaction: RpcInteraction, boundary: RpcBoundary): string | undefined;
  /** By the name of the state. Each is run before its interaction, in the order of its `given`. */
  states: Readonly<Record<string, StateHandler>>;
}

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
