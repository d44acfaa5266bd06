import { PactV4 } from "@pact-foundation/pact";
import { writtenPacts } from "./config.ts";
import type { RpcBoundary, RpcInteraction } from "./interaction.ts";

/** Begins an interaction of the pact that the consumer's tests write: its description and its states. */
export function describeInteraction({ consumer, provider }: RpcBoundary, { description, given }: RpcInteraction) {
  const pact = new PactV4({ consumer, provider, dir: writtenPacts(), logLevel: "error" });
  return given.reduce<ReturnType<typeof pact.addSynchronousInteraction>>(
    (message, { name, params }) => message.given(name, params && { ...params }),
    pact.addSynchronousInteraction(description),
  );
}
