import { type handleUnaryCall, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { IncomingCall } from "./grpc-server-call.ts";
import type { Endpoint, RpcContext } from "./grpc-server-endpoint.ts";
import { toGrpcStatus } from "./grpc-status.ts";

/** The adapter between grpc-js and a unary method. Nothing that is thrown leaves it. */
export function unaryHandler(method: string, serve: Endpoint, context: RpcContext): handleUnaryCall<Buffer, Buffer> {
  async function answer(wire: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): Promise<void> {
    const call = new IncomingCall(wire);
    const ended = await serve(call, wire.request);
    if ("refusal" in ended) {
      const refusal = toGrpcStatus(ended.refusal);
      if (call.responseMetadata !== undefined) refusal.metadata.merge(call.responseMetadata);
      return reply(refusal);
    }
    if (call.responseMetadata !== undefined) wire.sendMetadata(call.responseMetadata);
    reply(null, ended.response);
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
