import type { ServiceDefinition } from "@shop/platform/grpc-server";
import type { RpcBoundary } from "./interaction.ts";
import type { Json } from "./match.ts";

/** A message between its JSON and its bytes. */
export interface MessageCodec {
  toBytes(json: Json): Buffer;
  toJson(bytes: Uint8Array): Json;
}

/** A method of a service: its path, and the messages that pass. */
export interface MethodCodec {
  /** The path of the call, such as `/shop.inventory.v1.InventoryService/ReserveInventory`. */
  readonly path: string;
  readonly isStream: boolean;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
}

/** The methods of a boundary's service by their names in the proto; from the code that is generated of it. */
export async function loadService({
  proto,
  service,
}: Pick<RpcBoundary, "proto" | "service">): Promise<ReadonlyMap<string, MethodCodec>> {
  const generated: Generated = await import(`@shop/protos/gen/${proto.replace(/\.proto$/, "")}`);
  const definition = generated[`${lastOf(service, ".")}Service`] as ServiceDefinition | undefined;
  if (definition === undefined) throw new Error(`${proto} has no service ${service}`);
  return new Map(
    Object.values(definition).map(({ path, responseStream: isStream }) => {
      const name = lastOf(path, "/");
      const codec = {
        path,
        isStream,
        request: of(generated, `${name}Request`),
        response: of(generated, `${name}Response`),
      };
      return [name, codec];
    }),
  );
}

/** The method of this name. */
export function methodOf(methods: ReadonlyMap<string, MethodCodec>, name: string): MethodCodec {
  const method = methods.get(name);
  if (method === undefined) throw new Error(`there is no method ${name}; there are ${[...methods.keys()].join(", ")}`);
  return method;
}

type Generated = Readonly<Record<string, unknown>>;

/** A message as ts-proto generates it. */
interface GeneratedMessage {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  fromJSON(json: unknown): unknown;
  toJSON(message: unknown): unknown;
}

function of(generated: Generated, name: string): MessageCodec {
  const message = generated[name] as GeneratedMessage | undefined;
  if (message === undefined) throw new Error(`there is no message ${name}`);
  return {
    toBytes: (json) => Buffer.from(message.encode(message.fromJSON(json)).finish()),
    toJson: (bytes) => message.toJSON(message.decode(bytes)) as Json,
  };
}

function lastOf(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}
