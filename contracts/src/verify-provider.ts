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

/**
 * Describes one test for each interaction of these boundaries: it is played against the running provider, and Pact
 * compares the answer with the pact. A last test claims that the pacts hold what the boundaries declare, and that all of it
 * was verified.
 */
export function verifyProvider(boundaries: readonly RpcBoundary[], _options: ProviderOptions): void {
  describe(`the contracts of ${boundaries[0]?.provider}`, () => {
    it.todo("are not carried yet");
  });
}
