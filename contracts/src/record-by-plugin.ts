import type { ServiceError } from "@grpc/grpc-js";
import { describeInteraction } from "./describe-interaction.ts";
import { openGrpcDoor, type RawAnswer } from "./grpc-door.ts";
import type { RpcBoundary, RpcInteraction } from "./interaction.ts";
import type { Plugin } from "./plugin.ts";
import { pluginContents } from "./plugin-contents.ts";
import { connectRaw } from "./raw-call.ts";
import { toStatus } from "./rpc-error.ts";
import { loadService } from "./service-codec.ts";
import { countingFaults, faultsOf } from "./stub-server.ts";

/**
 * The same as recordMessage, by Pact's protobuf plugin: its mock answers and compares, and the pact holds binary messages.
 * The consumer calls a door before the mock, for that takes the same call twice for one, and anything for an empty request.
 */
export async function recordByPlugin(
  plugin: Plugin,
  boundary: RpcBoundary,
  interaction: RpcInteraction,
  call: (address: string) => Promise<unknown>,
): Promise<void> {
  await describeInteraction(boundary, interaction)
    .usingPlugin({ plugin: "protobuf", version: plugin.version })
    .withPluginContents(JSON.stringify(pluginContents(plugin, boundary, interaction)), "application/grpc")
    .startTransport("grpc", "127.0.0.1")
    .executeTest(({ port }) => callThrough(boundary, interaction, `127.0.0.1:${port}`, call));
}

/** Lets the consumer call a mock at `mock` through a door, exported for its test. */
export async function callThrough(
  boundary: RpcBoundary,
  interaction: RpcInteraction,
  mock: string,
  call: (address: string) => Promise<unknown>,
): Promise<void> {
  const client = connectRaw(mock);
  const faults: string[] = [];
  let hits = 0;
  const door = await openGrpcDoor(await loadService(boundary), async (asked) => {
    hits += 1;
    faults.push(...faultsOf(asked, boundary, interaction));
    return await client.call(asked.codec, asked.request, asked.metadata).then(
      (bytes) => ({ bytes }),
      (err: ServiceError) => withDetails(err, interaction),
    );
  });
  try {
    const [end] = await Promise.allSettled([call(door.address)]);
    const found = [...faults, ...countingFaults(hits)];
    if (found.length > 0) throw new Error(`"${interaction.description}": ${found.join("; ")}`);
    if (end.status === "rejected") throw end.reason;
  } finally {
    door.close();
    client.close();
  }
}

/** Where the mock fails as declared, its error gets the details that a server of ours sends; not every plugin has them. */
function withDetails({ code, details, metadata }: ServiceError, { response }: RpcInteraction): RawAnswer {
  const declared = "error" in response ? toStatus(response.error) : undefined;
  if (declared !== undefined && declared.code === code && declared.details === details) return { error: declared };
  return { error: { code, details, metadata } };
}
