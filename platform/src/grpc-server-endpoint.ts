import { status } from "@grpc/grpc-js";
import type { TokenVerifier } from "./auth.ts";
import { runWithCorrelation } from "./correlation.ts";
import { AppError, fromUnknown } from "./errors.ts";
import { authorize } from "./grpc-server-access.ts";
import type { IncomingCall } from "./grpc-server-call.ts";
import type { Access, MethodDefinition, Rpc } from "./grpc-server-rpc.ts";
import { grpcCodeOf } from "./grpc-status.ts";
import type { Log } from "./logging.ts";

/** What every RPC of a server shares. */
export interface RpcContext {
  verifier: TokenVerifier;
  log: Log;
  /** Told when a call comes in, and when nothing of it is left. */
  onStart(): void;
  onEnd(): void;
  /** Tells when the server begins to drain, at once where it does already. The answer takes the listener off. */
  onDrain(listener: () => void): () => void;
  /** Told how a call was answered. */
  onAnswer(method: string, code: string, durationMs: number): void;
}

/** How a unary call ended: with a response, as bytes, or an error. */
export type Answer = { readonly response: Buffer } | { readonly refusal: AppError };

/** A unary method without the wire that its calls come in on. */
export type Endpoint = (call: IncomingCall, bytes: Buffer) => Promise<Answer>;

/**
 * What is done for each unary call, in this order: correlation, access, request, handler, answer. Request and response
 * are bytes here, so that nothing of a caller who may not call is parsed, malformed bytes are the caller's fault, and a
 * response that cannot be encoded is logged as ours. It never throws what the call threw.
 */
export function unaryEndpoint(definition: MethodDefinition, rpc: Rpc<unknown, unknown>, context: RpcContext): Endpoint {
  const method = methodName(definition);
  const encode = definition.responseSerialize as (response: unknown) => Buffer;

  async function serve(call: IncomingCall, bytes: Buffer): Promise<Answer> {
    try {
      const request = admit(definition, rpc.access, context, call, bytes);
      return { response: encode(await rpc.handle(request, call)) };
    } catch (err) {
      const refusal = fromUnknown(err);
      report(context.log, method, refusal, call);
      return { refusal };
    }
  }

  return async (call, bytes) => {
    const startedAt = performance.now();
    const answer = await runWithCorrelation(call.correlation, () => serve(call, bytes));
    const code = endCode(call, "refusal" in answer ? answer.refusal : undefined);
    call.answered = true;
    context.onAnswer(method, code, performance.now() - startedAt);
    return answer;
  };
}

/** The name of a method in logs and metrics, such as `shop.orders.v1.OrderService/GetOrder`. */
export function methodName(definition: MethodDefinition): string {
  return definition.path.slice(1);
}

/** The request of a call that may be made, whose caller is known from here on. */
export function admit(
  definition: MethodDefinition,
  access: Access,
  { verifier }: RpcContext,
  call: IncomingCall,
  bytes: Buffer,
): unknown {
  call.caller = authorize(access, call.metadata("authorization"), verifier);
  const request = decode(definition, bytes);
  if (call.isGone) throw call.whyItEnded();
  return request;
}

function decode(definition: MethodDefinition, bytes: Buffer): unknown {
  try {
    return definition.requestDeserialize(bytes);
  } catch (err) {
    throw new AppError("MALFORMED_BODY", "The request is not a valid protobuf message.", { cause: err });
  }
}

/** The name of the gRPC code that a call ends with as its caller sees it. */
export function endCode(call: IncomingCall, refusal: AppError | undefined): string {
  if (call.isGone) return call.whyItEnded().code;
  return refusal === undefined ? "OK" : (status[grpcCodeOf(refusal)] as string);
}

/** An error of ours is an error; one that a neighbour or an overload brings is a warning; a caller's is for debugging. */
export function report(log: Log, method: string, error: AppError, call: IncomingCall): void {
  const fields = { method, code: error.code, reason: error.reason };
  if (error.code === "INTERNAL") log.error({ ...fields, err: error.cause ?? error }, "rpc failed");
  else if (error.code === "UNAVAILABLE" && !call.isGone) log.warn({ ...fields, err: error.cause }, "rpc unavailable");
  else log.debug(fields, "rpc refused");
}
