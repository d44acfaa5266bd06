import type { ServiceError } from "@grpc/grpc-js";
import { pluginVersion } from "./config.ts";
import { describeInteraction } from "./describe-interaction.ts";
import { openGrpcDoor } from "./grpc-door.ts";
import type { RpcBoundary, RpcInteraction } from "./interaction.ts";
import { pluginContents } from "./plugin-contents.ts";
import { connectRaw } from "./raw-call.ts";
import { loadService } from "./service-codec.ts";
import { countingFaults } from "./stub-server.ts";

/**
 * The same as recordMessage, by Pact's protobuf plugin: its mock answers and compares, and the pact holds binary messages.
 * The mock does not tell a call from the same call twice, so the consumer calls a door before it that counts.
 */
export async function recordByPlugin(
  boundary: RpcBoundary,
  interaction: RpcInteraction,
  call: (address: string) => Promise<unknown>,
): Promise<void> {
  await describeInteraction(boundary, interaction)
    .usingPlugin({ plugin: "protobuf", version: pluginVersion })
    .withPluginContents(JSON.stringify(pluginContents(boundary, interaction)), "application/grpc")
    .startTransport("grpc", "127.0.0.1")
    .executeTest(({ port }) => callThrough(boundary, `127.0.0.1:${port}`, call));
}

async function callThrough(
  boundary: RpcBoundary,
  mock: string,
  call: (address: string) => Promise<unknown>,
): Promise<void> {
  const client = connectRaw(mock);
  let hits = 0;
  const door = await openGrpcDoor(await loadService(boundary), async ({ codec, request, metadata }) => {
    hits += 1;
    return await client.call(codec, request, metadata).then(
      (bytes) => ({ bytes }),
      ({ code, details, metadata: trailers }: ServiceError) => ({ error: { code, details, metadata: trailers } }),
    );
  });
  try {
    await call(door.address);
    const faults = countingFaults(hits);
    if (faults.length > 0) throw new Error(faults.join("; "));
  } finally {
    door.close();
    client.close();
  }
}
