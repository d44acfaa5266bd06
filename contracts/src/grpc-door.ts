import {
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
} from "@grpc/grpc-js";
import type { MethodCodec } from "./service-codec.ts";

/** A call as it came over the wire. */
export interface RawCall {
  /** The method's name in the proto. */
  readonly method: string;
  readonly codec: MethodCodec;
  readonly request: Buffer;
  readonly metadata: Metadata;
}

/** How a call is answered: with a message (of a stream it is the only one), or with an error. */
export type RawAnswer = { readonly bytes: Buffer } | { readonly error: Partial<StatusObject> };

/** A gRPC server whose calls are answered by one function. */
export interface GrpcDoor {
  /** `host:port`. */
  readonly address: string;
  readonly port: number;
  close(): void;
}

/** Opens a server with these methods on a free port. It reads no message and writes none. */
export async function openGrpcDoor(
  methods: ReadonlyMap<string, MethodCodec>,
  answer: (call: RawCall) => RawAnswer | Promise<RawAnswer>,
): Promise<GrpcDoor> {
  const server = new Server();
  for (const [method, codec] of methods) {
    const handle = async ({ request, metadata }: Pick<RawCall, "request" | "metadata">): Promise<RawAnswer> =>
      answer({ method, codec, request, metadata });
    if (codec.isStream) server.register(codec.path, streamed(handle), same, same, "serverStream");
    else server.register(codec.path, unary(handle), same, same, "unary");
  }
  const port = await listen(server);
  return { address: `127.0.0.1:${port}`, port, close: () => server.forceShutdown() };
}

type Handle = (call: Pick<RawCall, "request" | "metadata">) => Promise<RawAnswer>;

function unary(handle: Handle) {
  return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
    handle(call).then(
      (answer) => ("error" in answer ? callback(answer.error) : callback(null, answer.bytes)),
      (err: Error) => callback(err),
    );
  };
}

function streamed(handle: Handle) {
  return (call: ServerWritableStream<Buffer, Buffer>): void => {
    handle(call).then(
      (answer) => {
        if ("error" in answer) return call.emit("error", answer.error);
        call.write(answer.bytes);
        return call.end();
      },
      (err: Error) => call.emit("error", err),
    );
  };
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (err, port) =>
      err ? reject(err) : resolve(port),
    );
  });
}
