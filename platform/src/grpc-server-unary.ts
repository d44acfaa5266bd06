import { type handleUnaryCall, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import type { TokenVerifier } from "./auth.ts";
import { acceptTraceparent, type Correlation, runWithCorrelation } from "./correlation.ts";
import { AppError, fromUnknown } from "./errors.ts";
import { authorize } from "./grpc-server-access.ts";
import { IncomingCall } from "./grpc-server-call.ts";
import type { MethodDefinition, Rpc } from "./grpc-server-rpc.ts";
import { type GrpcStatus, toGrpcStatus } from "./grpc-status.ts";
import type { Log } from "./logging.ts";

/** What every RPC of a server shares. */
export interface UnaryContext {
  verifier: TokenVerifier;
  log: Log;
  /** Told when a call comes in, and when nothing of it is left. */
  onStart(): void;
  onEnd(): void;
  /** Told how a call was answered. */
  onAnswer(method: string, code: string, durationMs: number): void;
}

/**
 * The one adapter between grpc-js and a handler, in this order: correlation, access, request, handler, answer. Request
 * and response pass grpc-js as bytes, so that nothing of a caller who may not call is parsed, malformed bytes are the
 * caller's fault, and a response that cannot be encoded is logged as ours. Nothing that is thrown leaves it.
 */
export function unaryHandler(
  definition: MethodDefinition,
  rpc: Rpc<unknown, unknown>,
  context: UnaryContext,
): handleUnaryCall<Buffer, Buffer> {
  const method = definition.path.slice(1);
  const encode = definition.responseSerialize as (response: unknown) => Buffer;

  async function serve(wire: ServerUnaryCall<Buffer, Buffer>, call: IncomingCall): Promise<Buffer> {
    call.caller = authorize(rpc.access, call.metadata("authorization"), context.verifier);
    const request = decode(definition, wire.request);
    if (call.isGone) throw call.whyItEnded();
    return encode(await rpc.handle(request, call));
  }

  function refuse(err: unknown, call: IncomingCall): GrpcStatus {
    const error = fromUnknown(err);
    report(context.log, method, error, call);
    const refusal = toGrpcStatus(error);
    if (call.responseMetadata !== undefined) refusal.metadata.merge(call.responseMetadata);
    return refusal;
  }

  async function answer(wire: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): Promise<void> {
    const startedAt = performance.now();
    const call = new IncomingCall(wire);
    const correlation = correlationOf(call);
    let response: Buffer | undefined;
    let refusal: GrpcStatus | undefined;
    try {
      response = await runWithCorrelation(correlation, () => serve(wire, call));
    } catch (err) {
      refusal = runWithCorrelation(correlation, () => refuse(err, call));
    }
    const code = call.isGone ? goneCode(call) : (refusal?.code ?? status.OK);
    call.answered = true;
    context.onAnswer(method, status[code], performance.now() - startedAt);
    if (refusal !== undefined) return reply(refusal);
    if (call.responseMetadata !== undefined) wire.sendMetadata(call.responseMetadata);
    reply(null, response);
  }

  return (wire, reply) => {
    context.onStart();
    answer(wire, reply)
      .catch((err: unknown) => {
        context.log.error({ method, err }, "rpc could not be answered");
        reply({ code: status.INTERNAL, details: "Something went wrong on our side." });
      })
      .finally(context.onEnd);
  };
}

function decode(definition: MethodDefinition, bytes: Buffer): unknown {
  try {
    return definition.requestDeserialize(bytes);
  } catch (err) {
    throw new AppError("MALFORMED_BODY", "The request is not a valid protobuf message.", { cause: err });
  }
}

function correlationOf(call: IncomingCall): Correlation {
  return { correlationId: call.correlationId, traceparent: acceptTraceparent(call.metadata("traceparent")) };
}

function goneCode(call: IncomingCall): status {
  return call.whyItEnded().code === "DEADLINE_EXCEEDED" ? status.DEADLINE_EXCEEDED : status.CANCELLED;
}

/** An error of ours is an error; one that a neighbour or an overload brings is a warning; a caller's is for debugging. */
function report(log: Log, method: string, error: AppError, call: IncomingCall): void {
  const fields = { method, code: error.code, reason: error.reason };
  if (error.code === "INTERNAL") log.error({ ...fields, err: error.cause ?? error }, "rpc failed");
  else if (error.code === "UNAVAILABLE" && !call.isGone) log.warn({ ...fields, err: error.cause }, "rpc unavailable");
  else log.debug(fields, "rpc refused");
}
