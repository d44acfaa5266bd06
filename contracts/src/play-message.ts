import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Json } from "./match.ts";
import type { RequestContents } from "./message-contents.ts";
import { toErrorJson } from "./rpc-error.ts";
import { loadService, type MethodCodec, methodOf } from "./service-codec.ts";

const callTimeoutMs = 10_000;

/** A provider that is called as a pact says. */
export interface Player {
  /** Makes the call of a message over gRPC, with this token or none, and gives the answer as a pact has it. */
  play(call: RequestContents, proto: string, token: string | undefined): Promise<{ message: Json } | { error: Json }>;
  close(): void;
}

/** Connects to the provider at this address. */
export function connectPlayer(address: string): Player {
  const client = new Client(address, credentials.createInsecure());
  return {
    async play({ service, method: name, metadata, message }, proto, token) {
      const method = methodOf(await loadService({ proto, service }), name);
      try {
        const answer = await send(client, method, method.request.toBytes(message), metadataOf(metadata, token));
        return { message: method.response.toJson(answer) };
      } catch (err) {
        return { error: toErrorJson(err as ServiceError) };
      }
    },
    close: () => client.close(),
  };
}

function metadataOf(entries: RequestContents["metadata"], token: string | undefined): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) if (name !== "authorization") metadata.set(name, value);
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

function send(client: Client, { path, isStream }: MethodCodec, request: Buffer, metadata: Metadata): Promise<Buffer> {
  const options = { deadline: Date.now() + callTimeoutMs };
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  if (isStream) {
    const call = client.makeServerStreamRequest(path, same, same, request, metadata, options);
    call.once("data", (first: Buffer) => {
      resolve(first);
      call.cancel();
    });
    call.on("error", reject);
    call.once("end", () => reject({ code: status.UNKNOWN, metadata: undefined }));
  } else {
    client.makeUnaryRequest(path, same, same, request, metadata, options, (err, answer) =>
      err ? reject(err) : resolve(answer as Buffer),
    );
  }
  return promise;
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
