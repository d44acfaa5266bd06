import { type ChannelOptions, Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { currentCorrelation } from "./correlation.ts";
import { AppError, validationFailed } from "./errors.ts";
import type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from "./grpc-server-rpc.ts";
import { fromGrpcStatus } from "./grpc-status.ts";
import type { Log } from "./logging.ts";
import { whyAborted } from "./resilience-errors.ts";
import type { ServiceTokens } from "./service-tokens.ts";

/** Where a client's calls go, and as whom. */
export interface RpcClientOptions {
  /** The target as `host:port`; a name that stands for several addresses is called at all of them in turn. */
  address: string;
  /** The service's own token, sent with each call that brings no `authorization` of its own. */
  token?: ServiceTokens;
  /** Told when a service token was refused. */
  log?: Log;
}

/** What goes with one call. */
export interface CallOptions {
  /** The deadline, in milliseconds from now; it covers the wait for a token and the second try with a renewed one too. */
  timeoutMs: number;
  /** Ends the call: it is what the signal's reason says where that is an AppError or a TimeoutError, else CANCELLED. */
  signal?: AbortSignal;
  /** The user for whom this service calls; sent as `x-user-id`. */
  userId?: string;
  /** Sent as it is, such as the user's own `Bearer …`, instead of the service's token. */
  authorization?: string;
  /** Sent as `idempotency-key`. */
  idempotencyKey?: string;
  /** Further metadata by name. */
  metadata?: Readonly<Record<string, string>>;
  /** Told the response metadata when it arrives, before the answer. */
  onMetadata?(read: (name: string) => string | undefined): void;
}

/** One function for each method of a service. Each answers with the response or throws an AppError. */
export type RpcClient<Definition> = {
  readonly [Name in keyof Definition]: (
    request: RequestOf<Definition[Name]>,
    options: CallOptions,
  ) => Promise<ResponseOf<Definition[Name]>>;
} & {
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
  const client = new Client(options.address, credentials.createInsecure(), channelOptions);
  const calls: Record<string, unknown> = { close: () => client.close() };
  for (const [name, method] of Object.entries(definition)) {
    const send = sender(client, method);
    calls[name] = (request: unknown, call: CallOptions) => invoke(send, options, request, call);
  }
  return calls as RpcClient<Definition>;
}

const channelOptions: ChannelOptions = {
  "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  "grpc.service_config_disable_resolution": 1,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 5000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2000,
};

type Send = (
  request: unknown,
  deadline: number,
  authorization: string | undefined,
  call: CallOptions,
) => Promise<unknown>;

async function invoke(send: Send, { token, log }: RpcClientOptions, request: unknown, call: CallOptions) {
  const deadline = Date.now() + call.timeoutMs;
  if (call.authorization !== undefined || token === undefined) return send(request, deadline, call.authorization, call);
  const current = await tokenWithin(token, deadline, call.signal);
  try {
    return await send(request, deadline, `Bearer ${current}`, call);
  } catch (err) {
    if (!(err instanceof AppError && err.code === "UNAUTHENTICATED")) throw err;
    log?.info({ reason: err.reason }, "service token refused");
    token.renew(current);
    const renewed = await tokenWithin(token, deadline, call.signal);
    if (renewed === current) throw err;
    return send(request, deadline, `Bearer ${renewed}`, call);
  }
}

/** The token to send; where it has to be fetched first, the call's deadline and signal end the wait for it. */
function tokenWithin(token: ServiceTokens, deadline: number, signal?: AbortSignal): string | Promise<string> {
  if (signal?.aborted) throw whyAborted(signal);
  const held = token.get();
  return typeof held === "string" ? held : endedBy(held, deadline, signal);
}

async function endedBy<T>(waited: Promise<T>, deadline: number, signal?: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const cancel = () => ended.reject(whyAborted(signal));
  const expire = () => ended.reject(new AppError("DEADLINE_EXCEEDED", "No service token came within the call's time."));
  const timer = setTimeout(expire, Math.min(deadline - Date.now(), longestTimerMs));
  signal?.addEventListener("abort", cancel);
  try {
    return await Promise.race([waited, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

/** A timer that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;

function sender(client: Client, method: MethodDefinition): Send {
  const { path, responseDeserialize } = method;
  const requestSerialize = method.requestSerialize as (request: unknown) => Buffer;
  return (request, deadline, authorization, call) =>
    new Promise((resolve, reject) => {
      const { signal, onMetadata } = call;
      if (signal?.aborted) return reject(whyAborted(signal));
      const cancel = () => active.cancel();
      const settle = (err: ServiceError | null, response?: unknown) => {
        signal?.removeEventListener("abort", cancel);
        if (err === null) resolve(response);
        else reject(isCancelledBy(signal, err) ? whyAborted(signal, err) : fromGrpcStatus(err));
      };
      const metadata = metadataOf(call, authorization);
      const active = startCall(() =>
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, settle),
      );
      signal?.addEventListener("abort", cancel);
      if (onMetadata !== undefined) active.on("metadata", (received: Metadata) => onMetadata(reader(received)));
    });
}

/** An answer that came just before the abort stays what it is. */
function isCancelledBy(signal: AbortSignal | undefined, err: ServiceError): boolean {
  return signal?.aborted === true && err.code === status.CANCELLED;
}

/**
 * grpc-js notes the caller's stack at each call, for the case that it fails: a tenth of what the whole call costs, client
 * and server together. The stack of an async caller says little. It throws only where the channel is closed.
 */
function startCall<T>(send: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return send();
  } catch (err) {
    throw new AppError("UNAVAILABLE", "The call was not sent: its client is closed.", { cause: err });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function metadataOf(call: CallOptions, authorization: string | undefined): Metadata {
  const metadata = new Metadata();
  const correlation = currentCorrelation();
  if (correlation !== undefined) {
    setEntry(metadata, "x-correlation-id", correlation.correlationId);
    if (correlation.traceparent !== undefined) setEntry(metadata, "traceparent", correlation.traceparent);
  }
  if (authorization !== undefined) setEntry(metadata, "authorization", authorization);
  if (call.userId !== undefined) setEntry(metadata, "x-user-id", call.userId);
  if (call.idempotencyKey !== undefined) setEntry(metadata, "idempotency-key", call.idempotencyKey);
  if (call.metadata === undefined) return metadata;
  for (const [name, value] of Object.entries(call.metadata)) setEntry(metadata, name, value);
  return metadata;
}

function setEntry(metadata: Metadata, name: string, value: string): void {
  try {
    metadata.set(name, value);
  } catch {
    // What grpc-js throws quotes the value, which may be a secret.
    throw validationFailed([
      { field: name, message: "must be fit for metadata: a plain name and printable ASCII text" },
    ]);
  }
}

function reader(metadata: Metadata): (name: string) => string | undefined {
  return (name) => {
    const value = metadata.get(name)[0];
    return typeof value === "string" ? value : undefined;
  };
}
