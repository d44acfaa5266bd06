import { type ChannelInterface, type StatusObject, status } from "@grpc/grpc-js";
import { type Correlation, currentCorrelation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import { type CallContext, callError, metadataOf, reader, tokenWithin } from "./grpc-client-call.ts";
import { decodeResponse, encodeRequest, errorOf, startWireCall } from "./grpc-client-wire.ts";
import { promisesOk } from "./grpc-promised-status.ts";
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

/**
 * Sends the calls of one method, each as a call of its own. Where the server has promised the status, the answer is taken
 * when its message is here.
 */
export function unarySender(channel: ChannelInterface, method: MethodDefinition): Send {
  return ({ request, deadline, authorization, call, correlation }) =>
    new Promise((resolve, reject) => {
      const { signal, onMetadata } = call;
      if (signal?.aborted) return reject(whyAborted(signal));
      const cancel = () => active.cancelWithStatus(status.CANCELLED, "cancelled by its caller");
      let isPromised = false;
      let isSettled = false;
      let answer: Buffer | undefined;
      const settle = (ended?: StatusObject): void => {
        if (isSettled) return;
        isSettled = true;
        signal?.removeEventListener("abort", cancel);
        try {
          if (ended !== undefined && ended.code !== status.OK) throw callError(errorOf(ended), signal);
          if (answer === undefined) throw new AppError("INTERNAL", "The call ended without an answer.");
          resolve(decodeResponse(method, answer));
        } catch (err) {
          reject(err);
        }
      };
      const metadata = metadataOf(call, authorization, correlation);
      const active = startWireCall(channel, method.path, deadline, metadata, encodeRequest(method, request), {
        onMetadata(received) {
          isPromised = promisesOk(received);
          onMetadata?.(reader(received));
        },
        onMessage(bytes) {
          answer = bytes;
          if (isPromised) settle();
        },
        onEnd: settle,
      });
      signal?.addEventListener("abort", cancel);
    });
}
