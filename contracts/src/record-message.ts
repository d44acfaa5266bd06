import { describeInteraction } from "./describe-interaction.ts";
import type { RpcBoundary, RpcInteraction } from "./interaction.ts";
import { toPactJson } from "./match.ts";
import { requestContents, responseContents } from "./message-contents.ts";
import { startStubServer } from "./stub-server.ts";

/**
 * Puts a consumer to the test over gRPC and, where it passes, writes the interaction into its pact as a synchronous
 * message in JSON. `call` is given the address of a server that knows this interaction alone.
 */
export async function recordMessage(
  boundary: RpcBoundary,
  interaction: RpcInteraction,
  call: (address: string) => Promise<unknown>,
): Promise<void> {
  await describeInteraction(boundary, interaction)
    .withRequest((message) => message.withJSONContent(toPactJson(requestContents(boundary, interaction))))
    .withResponse((message) => message.withJSONContent(toPactJson(responseContents(interaction.response))))
    .executeTest(() => answerOnce(boundary, interaction, call));
}

async function answerOnce(
  boundary: RpcBoundary,
  interaction: RpcInteraction,
  call: (address: string) => Promise<unknown>,
): Promise<void> {
  const server = await startStubServer(boundary, interaction);
  try {
    const [end] = await Promise.allSettled([call(server.address)]);
    // What was wrong with the call comes first: what its maker made of the answer follows from it.
    const faults = server.faults();
    if (faults.length > 0) throw new Error(`"${interaction.description}": ${faults.join("; ")}`);
    if (end.status === "rejected") throw end.reason;
  } finally {
    server.close();
  }
}
