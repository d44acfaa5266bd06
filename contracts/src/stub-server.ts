import { differences } from "./differences.ts";
import { openGrpcDoor, type RawAnswer, type RawCall } from "./grpc-door.ts";
import { callMetadata, type RpcBoundary, type RpcInteraction } from "./interaction.ts";
import { exampleOf } from "./match.ts";
import { toStatus } from "./rpc-error.ts";
import { loadService, type MethodCodec, methodOf } from "./service-codec.ts";

/** A provider that knows one interaction. */
export interface StubServer {
  /** `host:port`. */
  readonly address: string;
  /** What was wrong with the calls so far: none came, more than one, or one that is not as declared. */
  faults(): readonly string[];
  close(): void;
}

/**
 * Starts a gRPC server that answers one interaction of a boundary: in binary, with the example of the declared response
 * or with the error, whose details are those that our own servers send. Every method of the service is answered, so that
 * a call to another one is seen.
 */
export async function startStubServer(boundary: RpcBoundary, interaction: RpcInteraction): Promise<StubServer> {
  const methods = await loadService(boundary);
  const answer = answerOf(interaction, methodOf(methods, interaction.method));
  const faults: string[] = [];
  let hits = 0;
  const { address, close } = await openGrpcDoor(methods, (call) => {
    hits += 1;
    const found = faultsOf(call, boundary, interaction);
    faults.push(...found);
    return found.length === 0 ? answer : notDeclared;
  });
  return {
    address,
    faults: () => [...faults, ...countingFaults(hits)],
    close,
  };
}

/** What is wrong with so many calls where there should be one. */
export function countingFaults(hits: number): string[] {
  return hits === 1 ? [] : [`the provider was called ${hits} times, expected once`];
}

/** In what a call is not the one that is declared. */
export function faultsOf(call: RawCall, boundary: RpcBoundary, interaction: RpcInteraction): string[] {
  if (call.method !== interaction.method) return [`${call.method} was called, expected ${interaction.method}`];
  const metadata = Object.entries(callMetadata(boundary, interaction));
  return [
    ...differences(interaction.request, call.codec.request.toJson(call.request), "the request"),
    ...metadata.flatMap(([name, value]) => differences(value, call.metadata.get(name)[0], `the metadata ${name}`)),
  ];
}

const notDeclared = { error: toStatus({ code: "UNIMPLEMENTED" }) };

function answerOf({ response }: RpcInteraction, codec: MethodCodec): RawAnswer {
  if ("error" in response) return { error: toStatus(response.error) };
  return { bytes: codec.response.toBytes(exampleOf(response.message)) };
}
