import type { Client, Metadata, ServiceError } from "@grpc/grpc-js";
import { currentCorrelation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import { type CallContext, callError, metadataOf, reader, startCall, tokenWithin } from "./grpc-client-call.ts";
import type { MethodDefinition } from "./grpc-server-rpc.ts";
import type { Log } from "./logging.ts";
import { whyAborted } from "./resilience-errors.ts";
import type { ServiceTokens } from "./service-tokens.ts";

/** What goes with a call that is answered with a stream. */
export interface StreamOptions extends CallContext {
  /** The deadline of the whole stream, in milliseconds from its start; none where it is not given. */
  timeoutMs?: number;
}

/** Starts one stream. The deadline is a time as `Date.now()` tells it; Infinity is none. */
export type Open = (
  request: unknown,
  deadline: number,
  authorization: string | undefined,
  call: StreamOptions,
) => AsyncGenerator<unknown, void>;

/**
 * Reads a stream with the authorization the call brought, or with the service's token, which is renewed once where the
 * stream is refused before its first message.
 */
export async function* watch(
  open: Open,
  { token, log }: { token?: ServiceTokens; log?: Log },
  request: unknown,
  call: StreamOptions,
): AsyncGenerator<unknown, void> {
  const deadline = call.timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + call.timeoutMs;
  if (call.authorization !== undefined || token === undefined) {
    yield* open(request, deadline, call.authorization, call);
    return;
  }
  const current = await tokenWithin(token, deadline, call.signal);
  let hasBegun = false;
  try {
    for await (const message of open(request, deadline, `Bearer ${current}`, call)) {
      hasBegun = true;
      yield message;
    }
  } catch (err) {
    if (hasBegun || !(err instanceof AppError && err.code === "UNAUTHENTICATED")) throw err;
    log?.info({ reason: err.reason }, "service token refused");
    token.renew(current);
    const renewed = await tokenWithin(token, deadline, call.signal);
    if (renewed === current) throw err;
    yield* open(request, deadline, `Bearer ${renewed}`, call);
  }
}

/**
 * Opens the streams of one method over grpc-js. A stream begins when its first message is asked for and is cancelled when
 * its reader leaves; messages wait on the other side until they are asked for.
 */
export function streamOpener(client: Client, method: MethodDefinition): Open {
  const { path, responseDeserialize } = method;
  const requestSerialize = method.requestSerialize as (request: unknown) => Buffer;
  return async function* open(request, deadline, authorization, call) {
    const { signal, onMetadata } = call;
    if (signal?.aborted) throw whyAborted(signal);
    const metadata = metadataOf(call, authorization, currentCorrelation());
    const stream = startCall(() =>
      client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }),
    );
    // After its reader has left, grpc-js still tells that the stream was cancelled.
    stream.on("error", () => undefined);
    const cancel = () => stream.cancel();
    signal?.addEventListener("abort", cancel);
    if (onMetadata !== undefined) stream.on("metadata", (received: Metadata) => onMetadata(reader(received)));
    try {
      yield* stream;
    } catch (err) {
      throw callError(err as ServiceError, signal);
    } finally {
      signal?.removeEventListener("abort", cancel);
      stream.cancel();
    }
  };
}
