import { Metadata, type ServiceError } from "@grpc/grpc-js";
import type { Json } from "./match.ts";
import type { RequestContents } from "./message-contents.ts";
import { connectRaw } from "./raw-call.ts";
import { toErrorJson } from "./rpc-error.ts";
import { loadService, methodOf } from "./service-codec.ts";

/** A provider that is called as a pact says. */
export interface Player {
  /** Makes the call of a message over gRPC, with this token or none, and gives the answer as a pact has it. */
  play(call: RequestContents, proto: string, token: string | undefined): Promise<{ message: Json } | { error: Json }>;
  close(): void;
}

/** Connects to the provider at this address. */
export function connectPlayer(address: string): Player {
  const client = connectRaw(address);
  return {
    async play({ service, method: name, metadata, message }, proto, token) {
      const method = methodOf(await loadService({ proto, service }), name);
      try {
        const answer = await client.call(method, method.request.toBytes(message), sentMetadata(metadata, token));
        return { message: method.response.toJson(answer) };
      } catch (err) {
        return { error: toErrorJson(err as ServiceError) };
      }
    },
    close: () => client.close(),
  };
}

/** What is sent to a provider: the examples of the metadata, and its own kind of token. */
export function sentMetadata(examples: Readonly<Record<string, string>>, token: string | undefined): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(examples)) if (name !== "authorization") metadata.set(name, value);
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}
