import { installedPlugin } from "./config.ts";
import type { RpcBoundary, RpcInteraction } from "./interaction.ts";
import { recordByPlugin } from "./record-by-plugin.ts";
import { recordMessage } from "./record-message.ts";

/** How a consumer is put to the test. */
export interface ConsumerOptions {
  /**
   * Makes the interaction's call, once, by the consumer's real client at this address (`host:port`), and asserts what the
   * client makes of the answer. The client is to be closed when the promise settles.
   */
  call(interaction: RpcInteraction, address: string): Promise<unknown>;
}

/**
 * Describes one test for each interaction of a boundary: the consumer's client calls a server that answers as declared.
 * It fails where the call differs from what is declared, or is not made exactly once; else it is written to the pact.
 */
export function describeConsumer(boundary: RpcBoundary, { call }: ConsumerOptions): void {
  const plugin = installedPlugin();
  describe(`${boundary.consumer} calls ${boundary.service}`, () => {
    it.each(boundary.interactions)("$method: $description", async (interaction) => {
      const callIt = (address: string) => call(interaction, address);
      if (plugin) await recordByPlugin(plugin, boundary, interaction, callIt);
      else await recordMessage(boundary, interaction, callIt);
    });
  });
}
