import type { handleServerStreamingCall, ServerWritableStream } from "@grpc/grpc-js";
import {
  type BatchedCall,
  BatchServiceService,
  CallRequest,
  CallResponse,
  Answer as WireAnswer,
} from "@shop/protos/gen/shop/batch/v1/batch";
import { AppError } from "./errors.ts";
import { IncomingCall, type WireCall } from "./grpc-server-call.ts";
import type { Answer, Endpoint, RpcContext } from "./grpc-server-endpoint.ts";
import { toGrpcStatus, toRpcStatus } from "./grpc-status.ts";

const method = BatchServiceService.call.path.slice(1);

/** Calls in one batch; ours send far fewer. */
const mostCalls = 1000;

/** So many bytes of answers go out as one message; one that is larger goes out by itself. */
const mostBytes = 1024 * 1024;

/** What a caller takes as one message, less what a batch puts around an answer. */
const largestAnswerBytes = 4 * 1024 * 1024 - 64;

/**
 * Makes the calls of a batch and streams their answers.
 *
 * Invariants:
 * - B1 a call in a batch passes through the endpoint that it would have passed through by itself;
 * - B2 each call is answered once, with its index, as soon as it is done; those done in one turn of the event loop go out
 *   together;
 * - B3 the stream ends with OK when all are answered; a caller that is gone ends all calls that it still waited for;
 * - B4 a server that drains waits for the calls of a batch as it does for others.
 */
export function batchHandler(
  endpoints: ReadonlyMap<string, Endpoint>,
  context: RpcContext,
): handleServerStreamingCall<Buffer, Buffer> {
  return (stream) => {
    let calls: readonly BatchedCall[];
    try {
      calls = CallRequest.decode(stream.request).calls;
    } catch (cause) {
      return refuse(stream, new AppError("MALFORMED_BODY", "The batch is not a valid protobuf message.", { cause }));
    }
    if (calls.length > mostCalls) {
      return refuse(stream, new AppError("PAYLOAD_TOO_LARGE", `A batch holds at most ${mostCalls} calls.`));
    }
    if (calls.length === 0) return void stream.end();
    const batch = new Batch(stream, calls.length, context);
    for (const [index, call] of calls.entries()) {
      context.onStart();
      const wire = new BatchedWire(batch, call);
      void serve(endpoints.get(call.method), wire, call.request, context).then((outcome) =>
        batch.answer(index, outcome),
      );
    }
  };
}

function refuse(wire: ServerWritableStream<Buffer, Buffer>, err: AppError): void {
  wire.emit("error", toGrpcStatus(err));
}

async function serve(
  endpoint: Endpoint | undefined,
  wire: BatchedWire,
  request: Buffer,
  { log }: RpcContext,
): Promise<WireAnswer["outcome"]> {
  try {
    if (endpoint === undefined) return failed(new AppError("UNIMPLEMENTED", "There is no such unary method here."));
    return outcomeOf(await endpoint(new IncomingCall(wire), request));
  } catch (err) {
    log.error({ method: wire.method, err }, "rpc could not be answered");
    return failed(new AppError("INTERNAL", ""));
  } finally {
    wire.release();
  }
}

function outcomeOf(answer: Answer): WireAnswer["outcome"] {
  if ("refusal" in answer) return failed(answer.refusal);
  if (answer.response.length <= largestAnswerBytes) return { $case: "response", value: answer.response };
  return failed(new AppError("OVERLOADED", "The answer is too large for a batch."));
}

function failed(err: AppError): WireAnswer["outcome"] {
  return { $case: "error", value: toRpcStatus(err) };
}

/** One batch under way: who waits for its end, and which answers go out with the next turn. */
class Batch {
  readonly wire: ServerWritableStream<Buffer, Buffer>;
  readonly #context: RpcContext;
  readonly #startedAt = performance.now();
  readonly #listeners = new Set<() => void>();
  #unanswered: number;
  #ready: WireAnswer[] = [];

  constructor(wire: ServerWritableStream<Buffer, Buffer>, size: number, context: RpcContext) {
    this.wire = wire;
    this.#unanswered = size;
    this.#context = context;
    wire.once("cancelled", () => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** Tells once that the caller is gone. */
  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: () => void): void {
    this.#listeners.delete(listener);
  }

  answer(index: number, outcome: WireAnswer["outcome"]): void {
    if (this.#ready.push({ index, outcome }) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const answers = this.#ready;
    this.#ready = [];
    for (const message of messagesOf(answers)) this.wire.write(message);
    this.#unanswered -= answers.length;
    if (this.#unanswered === 0) this.#end();
    for (const _ of answers) this.#context.onEnd();
  }

  #end(): void {
    const code = this.wire.cancelled ? "CANCELLED" : "OK";
    this.#context.onAnswer(method, code, performance.now() - this.#startedAt);
    this.wire.end();
  }
}

function messagesOf(answers: WireAnswer[]): Buffer[] {
  const messages: Buffer[] = [];
  let next: WireAnswer[] = [];
  let bytes = 0;
  for (const answer of answers) {
    const size = sizeOf(answer);
    if (next.length > 0 && bytes + size > mostBytes) {
      messages.push(encode(next));
      next = [];
      bytes = 0;
    }
    next.push(answer);
    bytes += size;
  }
  messages.push(encode(next));
  return messages;
}

function sizeOf(answer: WireAnswer): number {
  const { outcome } = answer;
  return outcome?.$case === "response" ? outcome.value.length : WireAnswer.encode(answer).finish().length;
}

function encode(answers: WireAnswer[]): Buffer {
  const { buffer, byteOffset, byteLength } = CallResponse.encode({ answers }).finish();
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** One call of a batch, as grpc-js would show it. */
class BatchedWire implements WireCall {
  readonly method: string;
  readonly metadata = { get: (name: string) => this.#read(name) };
  readonly #batch: Batch;
  readonly #entries: Readonly<Record<string, string>>;
  readonly #deadline: number;
  #listener: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(batch: Batch, { method, timeoutMs, metadata }: BatchedCall) {
    this.method = method;
    this.#batch = batch;
    this.#entries = metadata;
    const batchDeadline = Number(batch.wire.getDeadline());
    this.#deadline = timeoutMs > 0 ? Math.min(Date.now() + timeoutMs, batchDeadline) : batchDeadline;
  }

  get cancelled(): boolean {
    return this.#batch.wire.cancelled;
  }

  getDeadline(): number {
    return this.#deadline;
  }

  once(_event: "cancelled", listener: () => void): void {
    this.#listener = listener;
    this.#batch.listen(listener);
    const remainingMs = Math.max(0, this.#deadline - Date.now());
    if (remainingMs <= longestTimerMs) this.#timer = setTimeout(listener, remainingMs);
  }

  /** Nothing is told any more. */
  release(): void {
    clearTimeout(this.#timer);
    if (this.#listener !== undefined) this.#batch.unlisten(this.#listener);
  }

  #read(name: string): readonly (string | Buffer)[] {
    if (name === "authorization") return this.#batch.wire.metadata.get(name);
    return Object.hasOwn(this.#entries, name) ? [this.#entries[name] as string] : [];
  }
}

/** A timer that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;
