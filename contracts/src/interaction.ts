import type { Expected, Matcher } from "./match.ts";

/** What has to be so at the provider before an interaction, such as an order whose payment was refunded. */
export interface ProviderState {
  readonly name: string;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** What a consumer expects of one gRPC service of a provider: data, from which the carriers make everything else. */
export interface RpcBoundary {
  readonly consumer: string;
  readonly provider: string;
  /** The file that declares the service, from the folder of our protos, such as `shop/inventory/v1/inventory.proto`. */
  readonly proto: string;
  /** The service's full name, such as `shop.inventory.v1.InventoryService`. */
  readonly service: string;
  /** The metadata that every call carries, by name. */
  readonly metadata?: RpcMetadata;
  readonly interactions: readonly RpcInteraction[];
}

/** One call and its answer. */
export interface RpcInteraction {
  /** Unique between this consumer and this provider. */
  readonly description: string;
  readonly given: readonly ProviderState[];
  /** The method's name as the proto has it, such as `ReserveInventory`. */
  readonly method: string;
  /** The request in proto3 JSON, as ts-proto's `toJSON` writes it: what has its default value is left out. */
  readonly request: Expected;
  /** Further metadata of this call; it goes before that of its boundary. */
  readonly metadata?: RpcMetadata;
  readonly response: RpcResponse;
}

/** What a call has to carry beside its request. A provider is sent the examples, and its own kind of `authorization`. */
export type RpcMetadata = Readonly<Record<string, string | Matcher>>;

/** An answer: the response's message (the first one of a stream), or an error. */
export type RpcResponse = { readonly message: Expected } | { readonly error: RpcError };

/** How a call fails: a gRPC status, and what its details say. What is left out is not looked at. */
export interface RpcError {
  /** The gRPC status by its name, such as `FAILED_PRECONDITION`. */
  readonly code: string;
  /** google.rpc.ErrorInfo's reason, such as `UNDONE`; one of our error codes where there is no finer one. */
  readonly reason?: string;
  /** The fields that google.rpc.BadRequest names, in its order. */
  readonly fields?: readonly string[];
  /** google.rpc.RetryInfo says when to ask again. */
  readonly retry?: true;
}

/** All the metadata that an interaction's call has to carry. */
export function callMetadata(boundary: RpcBoundary, interaction: RpcInteraction): RpcMetadata {
  return { ...boundary.metadata, ...interaction.metadata };
}
