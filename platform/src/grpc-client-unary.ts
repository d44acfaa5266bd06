import type { Client, Metadata, ServiceError } from "@grpc/grpc-js";
import { type Correlation, currentCorrelation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import { type CallContext, callError, metadataOf, reader, startCall, tokenWithin } from "./grpc-client-call.ts";
import type { MethodDefinition } from "./grpc-server-rpc.ts";
import type { Log } from "./logging.ts";
import { whyAborted } from "./resilience-errors.ts";
import type { ServiceTokens } from "./service-tokens.ts";

/** What goes with one unary call. */
export interface CallOptions extends CallContext {
  /** The deadline, in milliseconds from now; it covers the wait for a token and the second try with a renewed one too. */
  timeoutMs: number;
}

/** One call on its way out. */
export interface Outgoing {
  readonly request: unknown;
  /** A time as `Date.now()` tells it. */
  readonly deadline: number;
  readonly authorization: string | undefined;
  readonly call: CallOptions;
  readonly correlation: Correlation | undefined;
}

/** Sends one call; answers with its response or throws an AppError. */
export type Send = (outgoing: Outgoing) => Promise<unknown>;

/** Sends a unary call with the authorization it brought, or with the service's token, which is renewed once. */
export async function invoke(
  send: Send,
  { token, log }: { token?: ServiceTokens; log?: Log },
  request: unknown,
  call: CallOptions,
): Promise<unknown> {
  const deadline = Date.now() + call.timeoutMs;
  const correlation = currentCorrelation();
  if (call.authorization !== undefined || token === undefined) {
    return send({ request, deadline, authorization: call.authorization, call, correlation });
  }
  const current = await tokenWithin(token, deadline, call.signal);
  try {
    return await send({ request, deadline, authorization: `Bearer ${current}`, call, correlation });
  } catch (err) {
    if (!(err instanceof AppError && err.code === "UNAUTHENTICATED")) throw err;
    log?.info({ reason: err.reason }, "service token refused");
    token.renew(current);
    const renewed = await tokenWithin(token, deadline, call.signal);
    if (renewed === current) throw err;
    return send({ request, deadline, authorization: `Bearer ${renewed}`, call, correlation });
  }
}

/** Sends the calls of one method over grpc-js. */
export function unarySender(client: Client, method: MethodDefinition): Send {
  const { path, responseDeserialize } = method;
  const requestSerialize = method.requestSerialize as (request: unknown) => Buffer;
  return ({ request, deadline, authorization, call, correlation }) =>
    new Promise((resolve, reject) => {
      const { signal, onMetadata } = call;
      if (signal?.aborted) return reject(whyAborted(signal));
      const cancel = () => active.cancel();
      const settle = (err: ServiceError | null, response?: unknown) => {
        signal?.removeEventListener("abort", cancel);
        if (err === null) resolve(response);
        else reject(callError(err, signal));
      };
      const metadata = metadataOf(call, authorization, correlation);
      const active = startCall(() =>
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, settle),
      );
      signal?.addEventListener("abort", cancel);
      if (onMetadata !== undefined) active.on("metadata", (received: Metadata) => onMetadata(reader(received)));
    });
}
