import { Client, credentials, type Metadata, status } from "@grpc/grpc-js";
import type { MethodCodec } from "./service-codec.ts";

const callTimeoutMs = 10_000;

/** Makes calls whose messages are bytes already. */
export interface RawClient {
  /** The bytes of the answer, of a stream those of its first message; rejects with a ServiceError. */
  call(method: MethodCodec, request: Buffer, metadata: Metadata): Promise<Buffer>;
  close(): void;
}

/** Connects to the server at this address. */
export function connectRaw(address: string): RawClient {
  const client = new Client(address, credentials.createInsecure());
  return {
    call({ path, isStream }, request, metadata) {
      const options = { deadline: Date.now() + callTimeoutMs };
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      if (isStream) {
        const stream = client.makeServerStreamRequest(path, same, same, request, metadata, options);
        stream.once("data", (first: Buffer) => {
          resolve(first);
          stream.cancel();
        });
        // Also after the first message, for then it says that the stream was cancelled.
        stream.on("error", reject);
        stream.once("end", () => reject({ code: status.UNKNOWN }));
      } else {
        client.makeUnaryRequest(path, same, same, request, metadata, options, (err, answer) =>
          err ? reject(err) : resolve(answer as Buffer),
        );
      }
      return promise;
    },
    close: () => client.close(),
  };
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
