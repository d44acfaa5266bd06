import type { ChannelInterface } from "@grpc/grpc-js";
import { type Batcher, createBatcher } from "./grpc-client-batch.ts";
import { connectTo } from "./grpc-client-channel.ts";
import { type Open, type StreamOptions, streamOpener, watch } from "./grpc-client-stream.ts";
import { type CallOptions, invoke, type Send, unarySender } from "./grpc-client-unary.ts";
import type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from "./grpc-server-rpc.ts";
import type { Log } from "./logging.ts";
import type { ServiceTokens } from "./service-tokens.ts";
import type { Tls } from "./tls.ts";

export type { StreamOptions } from "./grpc-client-stream.ts";
export type { CallOptions } from "./grpc-client-unary.ts";

/** Where a client's calls go, and as whom. */
export interface RpcClientOptions {
  /**
   * The target as `host:port`, or several with commas between them. Calls go to all of them in turn, and to all addresses
   * that a name stands for; one that cannot be reached is left out until it is back.
   */
  address: string;
  /** The service's own token, sent with each call that brings no `authorization` of its own. */
  token?: ServiceTokens;
  /**
   * Sends the calls of one moment together, where the target takes batches; default false. Worth it for a client with many
   * calls under way at once.
   */
  isBatching?: boolean;
  /** Told when a service token was refused, and when batches are. */
  log?: Log;
  /** How this process proves itself, and by what it knows the target; without it calls go as plaintext. */
  tls?: Tls;
}

/** How a method is called: it answers with a response, or with a stream of them. Either throws an AppError. */
export type RpcMethod<Method> = Method extends { readonly responseStream: true }
  ? (request: RequestOf<Method>, options: StreamOptions) => AsyncGenerator<ResponseOf<Method>, void>
  : (request: RequestOf<Method>, options: CallOptions) => Promise<ResponseOf<Method>>;

/** One function for each method of a service. */
export type RpcClient<Definition> = { readonly [Name in keyof Definition]: RpcMethod<Definition[Name]> } & {
  /** Closes the channel; calls under way still end. */
  close(): void;
};

/**
 * Creates the client of one service at one target. It never repeats a call that may have reached a handler: without a
 * retry policy grpc-js sends again only what was never sent or what a closing connection turned away unread. The one
 * exception is UNAUTHENTICATED with the service's own token, which is renewed once; such a call was not handled.
 */
export function createRpcClient<Definition extends ServiceDefinition>(
  definition: Definition,
  options: RpcClientOptions,
): RpcClient<Definition> {
  const client = connectTo(options.address, options.tls);
  const channel = client.getChannel();
  const batcher = options.isBatching ? createBatcher(channel, options.log) : undefined;
  const calls: Record<string, unknown> = { close: () => client.close() };
  for (const [name, method] of Object.entries(definition)) {
    calls[name] = method.responseStream
      ? streamCall(streamOpener(client, method), options)
      : unaryCall(senderOf(channel, method, batcher), options);
  }
  return calls as RpcClient<Definition>;
}

function senderOf(channel: ChannelInterface, method: MethodDefinition, batcher: Batcher | undefined): Send {
  const alone = unarySender(channel, method);
  return batcher ? batcher.sender(method, alone) : alone;
}

function unaryCall(send: Send, options: RpcClientOptions) {
  return (request: unknown, call: CallOptions) => invoke(send, options, request, call);
}

function streamCall(open: Open, options: RpcClientOptions) {
  return (request: unknown, call: StreamOptions) => watch(open, options, request, call);
}
