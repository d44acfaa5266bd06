import type { Caller, Role } from "./auth-caller.ts";

/**
 * Who may call an RPC: anyone (a token is not even looked at), users with one of the roles, or services whose token
 * carries the scope.
 */
export type Access = "anyone" | { user: readonly Role[] } | { service: string };

/** What a handler knows of the call it answers, beside the request. */
export interface Call {
  /** Who calls; already allowed to. */
  readonly caller: Caller;
  /** Ties together the log lines of one request in all services. */
  readonly correlationId: string;
  /** Aborted when the caller cancels, its deadline passes or the connection breaks; never after the (last) answer. */
  readonly signal: AbortSignal;
  /** The user for whom a service calls (`x-user-id`); undefined for every other caller. */
  readonly onBehalfOf?: string;
  /** Milliseconds until the caller's deadline; Infinity where it set none. */
  remainingMs(): number;
  /** The first value of the request's metadata under this name. */
  metadata(name: string): string | undefined;
  /** Adds response metadata. It is sent with the answer, whichever that is. */
  sendMetadata(name: string, value: string): void;
}

/** One unary RPC: who may call it, and what it does. It answers with a response or throws an AppError. */
export interface Rpc<Request, Response> {
  readonly access: Access;
  handle(request: Request, call: Call): Promise<Response>;
}

/**
 * One RPC that answers with a stream: who may call it, and what it does. The stream ends when the iterable does, or with
 * the AppError that it throws. The next value is asked for when the one before has left this process, so that a slow
 * reader slows the handler down. A handler that waits must heed `call.signal`: it is also aborted when the server drains
 * and when the reader is too slow, and whatever the handler gives after that is dropped.
 */
export interface StreamRpc<Request, Response> {
  readonly access: Access;
  handle(request: Request, call: Call): AsyncIterable<Response>;
}

/** A method as ts-proto and proto-loader describe it. */
export interface MethodDefinition {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestSerialize(value: never): Buffer;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(value: never): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}

/** The methods of one service by their names: ts-proto's `…ServiceService`, or proto-loader's ServiceDefinition. */
export type ServiceDefinition = { readonly [name: string]: MethodDefinition };

/** The request type of a method. */
export type RequestOf<Method> = Method extends { requestDeserialize(bytes: Buffer): infer Request } ? Request : never;

/** The response type of a method. */
export type ResponseOf<Method> = Method extends { responseDeserialize(bytes: Buffer): infer Response }
  ? Response
  : never;

/** All RPCs of a service: one for each method of its definition. */
export type RpcTable<Definition> = {
  readonly [Name in keyof Definition]: Definition[Name] extends { readonly responseStream: true }
    ? StreamRpc<RequestOf<Definition[Name]>, ResponseOf<Definition[Name]>>
    : Rpc<RequestOf<Definition[Name]>, ResponseOf<Definition[Name]>>;
};
