import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import { runWithCorrelation } from "./correlation.ts";
import { AppError, fromUnknown } from "./errors.ts";
import { IncomingCall } from "./grpc-server-call.ts";
import { admit, endCode, methodName, type RpcContext, report } from "./grpc-server-endpoint.ts";
import type { MethodDefinition, StreamRpc } from "./grpc-server-rpc.ts";
import { type GrpcStatus, toGrpcStatus } from "./grpc-status.ts";

/**
 * The adapter between grpc-js and a handler that answers with a stream.
 *
 * Invariants:
 * - S1 one message at a time: the next is asked for when the one before has gone out to the network, so that a reader
 *   holds up its handler and never fills this process;
 * - S2 a stream ends once: with its handler, or as soon as its caller is gone, the server drains or the reader has read
 *   nothing for `slowReaderMs`; then the handler is told by its signal, and nobody waits for it;
 * - S3 nothing that is thrown leaves it.
 *
 * @NOTE HTTP/2 sends the status behind the message that a slow reader has not taken yet. One that never reads again
 * keeps that one message until its deadline, or until its connection is replaced or dead.
 */
export function streamHandler(
  definition: MethodDefinition,
  rpc: StreamRpc<unknown, unknown>,
  context: RpcContext,
  slowReaderMs: number,
): handleServerStreamingCall<Buffer, Buffer> {
  const encode = definition.responseSerialize as (response: unknown) => Buffer;

  async function pump(wire: Wire, call: IncomingCall, out: Outlet): Promise<void> {
    try {
      const request = admit(definition, rpc.access, context, call, wire.request);
      for await (const response of rpc.handle(request, call)) {
        if (!(await out.send(encode(response)))) return;
      }
      out.end();
    } catch (err) {
      out.end(fromUnknown(err));
    }
  }

  return (wire) => {
    context.onStart();
    const call = new IncomingCall(wire);
    runWithCorrelation(call.correlation, () => {
      const out = createOutlet(wire, call, { ...context, method: methodName(definition), slowReaderMs });
      if (!out.hasEnded) void pump(wire, call, out);
    });
  };
}

type Wire = ServerWritableStream<Buffer, Buffer>;

/** Where a stream's messages go out, and where it ends. */
interface Outlet {
  readonly hasEnded: boolean;
  /** Sends one message and waits until it is out; answers false where the stream has ended and takes no more. */
  send(bytes: Buffer): Promise<boolean>;
  /** Ends the stream, unless it has ended. */
  end(refusal?: AppError): void;
}

interface OutletOptions extends RpcContext {
  readonly method: string;
  readonly slowReaderMs: number;
}

function createOutlet(wire: Wire, call: IncomingCall, options: OutletOptions): Outlet {
  const { log, method, slowReaderMs } = options;
  const startedAt = performance.now();
  let hasEnded = false;
  let hasBegun = false;
  let wake: () => void = () => {};
  let slowTimer: NodeJS.Timeout | undefined;

  function end(refusal?: AppError): void {
    if (refusal !== undefined && (!hasEnded || refusal.code === "INTERNAL")) report(log, method, refusal, call);
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(slowTimer);
    stopDraining();
    call.signal.removeEventListener("abort", onAbort);
    options.onAnswer(method, endCode(call, refusal), performance.now() - startedAt);
    call.answered = true;
    if (refusal === undefined) finish();
    else wire.emit("error", statusOf(refusal));
    wake();
    options.onEnd();
  }

  function finish(): void {
    begin();
    wire.end();
  }

  /** Response metadata goes before the first message. */
  function begin(): void {
    if (!hasBegun && call.responseMetadata !== undefined) wire.sendMetadata(call.responseMetadata);
    hasBegun = true;
  }

  function statusOf(refusal: AppError): GrpcStatus {
    try {
      const ended = toGrpcStatus(refusal);
      if (!hasBegun && call.responseMetadata !== undefined) ended.metadata.merge(call.responseMetadata);
      return ended;
    } catch (err) {
      log.error({ method, err }, "rpc could not be answered");
      return toGrpcStatus(new AppError("INTERNAL", ""));
    }
  }

  const onAbort = () => end(fromUnknown(call.signal.reason));
  let stopDraining: () => void = () => {};
  if (call.signal.aborted) onAbort();
  else {
    call.signal.addEventListener("abort", onAbort);
    const stop = options.onDrain(() => call.abort(drained()));
    if (hasEnded) stop();
    else stopDraining = stop;
  }

  return {
    get hasEnded() {
      return hasEnded;
    },
    send(bytes) {
      if (hasEnded) return Promise.resolve(false);
      begin();
      return new Promise((resolve) => {
        wake = () => resolve(!hasEnded);
        slowTimer = setTimeout(() => call.abort(tooSlow(slowReaderMs)), slowReaderMs);
        wire.write(bytes, () => {
          clearTimeout(slowTimer);
          wake();
        });
      });
    },
    end,
  };
}

function drained(): AppError {
  return new AppError("UNAVAILABLE", "This server is going away; call again to go on.", { reason: "DRAINING" });
}

function tooSlow(slowReaderMs: number): AppError {
  const message = `The caller has read nothing for ${slowReaderMs} ms.`;
  return new AppError("OVERLOADED", message, { reason: "SLOW_READER" });
}
