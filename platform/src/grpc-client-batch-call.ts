import { type ChannelInterface, Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { type Answer, type BatchedCall, BatchServiceService } from "@shop/protos/gen/shop/batch/v1/batch";
import { AppError } from "./errors.ts";
import { setEntry } from "./grpc-client-call.ts";
import type { Outgoing, Send } from "./grpc-client-unary.ts";
import { decodeResponse, errorOf, startWireCall, type WireCall } from "./grpc-client-wire.ts";
import type { MethodDefinition } from "./grpc-server-rpc.ts";
import { fromRpcStatus } from "./grpc-status.ts";
import { whyAborted } from "./resilience-errors.ts";

/** A call that waits for others of its moment. */
export interface Pending extends Outgoing {
  readonly method: MethodDefinition;
  /** Sends it as a call of its own. */
  readonly alone: Send;
  resolve(response: unknown): void;
  reject(err: unknown): void;
}

/** A call as it goes into a batch. */
export interface Encoded {
  readonly pending: Pending;
  readonly request: Buffer;
  readonly metadata: Record<string, string>;
}

const { path, requestSerialize, responseDeserialize } = BatchServiceService.call;

/** Sends a batch; `onUnknown` is given its calls where the server does not know what a batch is. */
export function openBatch(
  channel: ChannelInterface,
  calls: readonly Encoded[],
  onUnknown: (calls: readonly Pending[]) => void,
): void {
  new BatchCall(onUnknown).send(channel, calls);
}

/** A call that waits for its answer, and what listens to its signal meanwhile. */
interface Waiting {
  readonly pending: Pending;
  readonly cancel: () => void;
}

/** One batch under way. */
class BatchCall {
  readonly #onUnknown: (calls: readonly Pending[]) => void;
  readonly #waiting = new Map<number, Waiting>();
  /** What the calls that this batch leaves unanswered have in common. */
  readonly #failure = new Error("The batch ended without an answer to the call.");
  #hasAnswers = false;
  #timer: NodeJS.Timeout | undefined;
  #wire: WireCall | undefined;

  constructor(onUnknown: (calls: readonly Pending[]) => void) {
    this.#onUnknown = onUnknown;
  }

  send(channel: ChannelInterface, calls: readonly Encoded[]): void {
    try {
      const metadata = metadataOf(calls);
      const deadline = Math.max(...calls.map(({ pending }) => pending.deadline));
      const request = requestSerialize({ calls: calls.map(toBatchedCall) });
      this.#wire = startWireCall(channel, path, deadline, metadata, request, {
        onMessage: (bytes) => this.#onMessage(bytes),
        onEnd: (ended) => this.#onEnd(ended),
      });
    } catch (err) {
      for (const { pending } of calls) pending.reject(err);
      return;
    }
    for (const [index, { pending }] of calls.entries()) this.#wait(index, pending);
    this.#setTimer();
  }

  #wait(index: number, pending: Pending): void {
    const { signal } = pending.call;
    const cancel = () => this.#drop(index, whyAborted(signal));
    signal?.addEventListener("abort", cancel);
    this.#waiting.set(index, { pending, cancel });
  }

  #take(index: number): Pending | undefined {
    const waiting = this.#waiting.get(index);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(index);
    waiting.pending.call.signal?.removeEventListener("abort", waiting.cancel);
    if (this.#waiting.size === 0) clearTimeout(this.#timer);
    return waiting.pending;
  }

  /** Settles a call that is waited for no longer. */
  #drop(index: number, err: AppError): void {
    this.#take(index)?.reject(err);
    if (this.#waiting.size === 0) this.#wire?.cancelWithStatus(status.CANCELLED, "nobody waits for the batch any more");
  }

  /** One timer for all deadlines, set to the earliest. */
  #setTimer(): void {
    const deadlines = [...this.#waiting.values()].map(({ pending }) => pending.deadline);
    const delayMs = Math.max(0, Math.min(...deadlines) - Date.now());
    this.#timer = setTimeout(() => this.#expire(), Math.min(delayMs, longestTimerMs));
  }

  #expire(): void {
    const now = Date.now();
    for (const [index, { pending }] of [...this.#waiting]) {
      if (pending.deadline <= now) this.#drop(index, tooLate(this.#failure));
    }
    if (this.#waiting.size > 0) this.#setTimer();
  }

  #onMessage(bytes: Buffer): void {
    this.#hasAnswers = true;
    try {
      for (const answer of responseDeserialize(bytes).answers) settle(this.#take(answer.index), answer);
    } catch {
      // What is thrown here would end the process. The end of the batch tells its calls.
      this.#wire?.cancelWithStatus(status.INTERNAL, "the answers cannot be read");
    }
  }

  #onEnd(ended: StatusObject): void {
    const { code } = ended;
    const calls = [...this.#waiting.keys()].flatMap((index) => this.#take(index) ?? []);
    if (code === status.UNIMPLEMENTED && !this.#hasAnswers) {
      this.#onUnknown(calls);
    } else if (calls.length > 0) {
      this.#failure.cause = errorOf(ended);
      const fail = code === status.DEADLINE_EXCEEDED ? tooLate : lost;
      for (const pending of calls) pending.reject(fail(this.#failure));
    }
  }
}

/** A timer that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;

function toBatchedCall({ pending, request, metadata }: Encoded): BatchedCall {
  const timeoutMs = Math.min(Math.max(1, Math.ceil(pending.deadline - Date.now())), longestTimerMs);
  return { method: pending.method.path, request, timeoutMs, metadata };
}

function metadataOf([first]: readonly Encoded[]): Metadata {
  const metadata = new Metadata();
  const authorization = first?.pending.authorization;
  if (authorization !== undefined) setEntry(metadata, "authorization", authorization);
  return metadata;
}

function settle(pending: Pending | undefined, { outcome }: Answer): void {
  try {
    if (outcome?.$case === "error") throw fromRpcStatus(outcome.value);
    if (outcome === undefined) throw new AppError("INTERNAL", "The call ended without an answer.");
    pending?.resolve(decodeResponse(pending.method, outcome.value));
  } catch (err) {
    pending?.reject(err);
  }
}

function tooLate(cause: Error): AppError {
  return new AppError("DEADLINE_EXCEEDED", "The call was not answered in time.", { cause });
}

function lost(cause: Error): AppError {
  return new AppError("UNAVAILABLE", "The connection broke before the call was answered.", { cause });
}
