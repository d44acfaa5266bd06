import { type Metadata, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { differences } from "./differences.ts";
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

  function take(method: string, codec: MethodCodec, request: Buffer, metadata: Metadata): boolean {
    hits += 1;
    const found = faultsOf({ method, request: codec.request.toJson(request), metadata }, boundary, interaction);
    faults.push(...found);
    return found.length === 0;
  }

  const server = new Server();
  for (const [name, codec] of methods) {
    const handle = (call: Readonly<ServerUnaryCall<Buffer, Buffer>>): Answer =>
      take(name, codec, call.request, call.metadata) ? answer : { error: notDeclared };
    if (codec.isStream) server.register(codec.path, streamed(handle), same, same, "serverStream");
    else server.register(codec.path, unary(handle), same, same, "unary");
  }
  const port = await listen(server);
  return {
    address: `127.0.0.1:${port}`,
    faults: () => (hits === 1 ? faults : [...faults, `the provider was called ${hits} times, expected once`]),
    close: () => server.forceShutdown(),
  };
}

const notDeclared = toStatus({ code: "UNIMPLEMENTED" });

type Answer = { readonly bytes: Buffer } | { readonly error: ReturnType<typeof toStatus> };

function answerOf({ response }: RpcInteraction, codec: MethodCodec): Answer {
  if ("error" in response) return { error: toStatus(response.error) };
  return { bytes: codec.response.toBytes(exampleOf(response.message)) };
}

function faultsOf(
  call: { method: string; request: unknown; metadata: Metadata },
  boundary: RpcBoundary,
  interaction: RpcInteraction,
): string[] {
  if (call.method !== interaction.method) return [`${call.method} was called, expected ${interaction.method}`];
  const metadata = Object.entries(callMetadata(boundary, interaction));
  return [
    ...differences(interaction.request, call.request, "the request"),
    ...metadata.flatMap(([name, value]) => differences(value, call.metadata.get(name)[0], `the metadata ${name}`)),
  ];
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

function unary(handle: (call: ServerUnaryCall<Buffer, Buffer>) => Answer) {
  return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
    const answer = handle(call);
    if ("error" in answer) callback(answer.error);
    else callback(null, answer.bytes);
  };
}

interface StreamCall extends Readonly<Pick<ServerUnaryCall<Buffer, Buffer>, "request" | "metadata">> {
  write(bytes: Buffer): void;
  end(): void;
  emit(event: "error", error: object): void;
}

function streamed(handle: (call: ServerUnaryCall<Buffer, Buffer>) => Answer) {
  return (call: StreamCall) => {
    const answer = handle(call as unknown as ServerUnaryCall<Buffer, Buffer>);
    if ("error" in answer) return call.emit("error", answer.error);
    call.write(answer.bytes);
    return call.end();
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (err, port) =>
      err ? reject(err) : resolve(port),
    );
  });
}
