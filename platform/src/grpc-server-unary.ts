import { type handleUnaryCall, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { onlyPromise, promiseOk } from "./grpc-promised-status.ts";
import { IncomingCall } from "./grpc-server-call.ts";
import type { Endpoint, RpcContext } from "./grpc-server-endpoint.ts";
import { toGrpcStatus } from "./grpc-status.ts";

/**
 * The adapter between grpc-js and a unary method. Nothing that is thrown leaves it.
 *
 * Where it `waitsATurn`, a call begins when all that came with it has been read: the caller of many calls that resets them
 * in the same packet has then cancelled them before they cost a query (CVE-2023-44487).
 */
export function unaryHandler(
  method: string,
  serve: Endpoint,
  context: RpcContext,
  waitsATurn: boolean,
): handleUnaryCall<Buffer, Buffer> {
  async function answer(wire: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): Promise<void> {
    const call = new IncomingCall(wire);
    const ended = await serve(call, wire.request);
    if ("refusal" in ended) {
      const refusal = toGrpcStatus(ended.refusal);
      if (call.responseMetadata !== undefined) refusal.metadata.merge(call.responseMetadata);
      return reply(refusal);
    }
    wire.sendMetadata(call.responseMetadata === undefined ? onlyPromise : promiseOk(call.responseMetadata));
    reply(null, ended.response);
  }

  function begin(wire: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void {
    answer(wire, reply)
      .catch((err: unknown) => {
        context.log.error({ method, err }, "rpc could not be answered");
        reply({ code: status.INTERNAL, details: "Something went wrong on our side." });
      })
      .finally(context.onEnd);
  }

  return (wire, reply) => {
    context.onStart();
    if (waitsATurn) nextTurn(() => begin(wire, reply));
    else begin(wire, reply);
  };
}

let waiting: (() => void)[] = [];

/** Those of one turn go together, so that a call costs no timer of its own. */
function nextTurn(begin: () => void): void {
  if (waiting.push(begin) > 1) return;
  setImmediate(() => {
    const now = waiting;
    waiting = [];
    for (const one of now) one();
  });
}
