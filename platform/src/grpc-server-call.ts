import { type Deadline, Metadata } from "@grpc/grpc-js";
import { anonymous, type Caller } from "./auth-caller.ts";
import { acceptCorrelationId, acceptTraceparent, type Correlation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import type { Call } from "./grpc-server-rpc.ts";

/**
 * A call that ends this close to its deadline ended because of it, in milliseconds: timers fire a little early, and the
 * caller's own, which ends the call too, was started before ours.
 */
const deadlineSlackMs = 5;

/** What a call came in on: a call of grpc-js's, or one out of a batch. */
export interface WireCall {
  readonly cancelled: boolean;
  readonly metadata: { get(name: string): readonly (string | Buffer)[] };
  getDeadline(): Deadline;
  /** Tells once that the caller is gone. */
  once(event: "cancelled", listener: () => void): unknown;
}

/** A call as it came in over grpc-js. What few handlers ask for (the signal, response metadata) is made when asked for. */
export class IncomingCall implements Call {
  caller: Caller = anonymous;
  readonly correlationId: string;
  /** Response metadata that the handler added. */
  responseMetadata: Metadata | undefined;
  /** Set just before the answer goes out: grpc-js reports "cancelled" after every call, answered ones too. */
  answered = false;
  readonly #wire: WireCall;
  #controller: AbortController | undefined;

  constructor(wire: WireCall) {
    this.#wire = wire;
    this.correlationId = acceptCorrelationId(this.metadata("x-correlation-id"));
  }

  get onBehalfOf(): string | undefined {
    return this.caller.kind === "service" ? this.metadata("x-user-id") : undefined;
  }

  get correlation(): Correlation {
    return { correlationId: this.correlationId, traceparent: acceptTraceparent(this.metadata("traceparent")) };
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    const abort = () => {
      if (!this.answered) this.abort(this.whyItEnded());
    };
    if (this.#wire.cancelled) abort();
    else this.#wire.once("cancelled", abort);
    return controller.signal;
  }

  /** Aborts the signal, where somebody has asked for it, unless the call is answered. */
  abort(reason: AppError): void {
    if (!this.answered) this.#controller?.abort(reason);
  }

  /** Claims that the caller is gone: it cancelled, its deadline passed or its connection broke. */
  get isGone(): boolean {
    return this.#wire.cancelled || this.remainingMs() <= 0;
  }

  /** The error that stands for a caller that is gone. */
  whyItEnded(): AppError {
    return this.remainingMs() <= deadlineSlackMs
      ? new AppError("DEADLINE_EXCEEDED", "The call's deadline has passed.")
      : new AppError("CANCELLED", "The caller cancelled the call or went away.");
  }

  remainingMs(): number {
    return Number(this.#wire.getDeadline()) - Date.now();
  }

  metadata(name: string): string | undefined {
    const value = this.#wire.metadata.get(name)[0];
    return typeof value === "string" ? value : undefined;
  }

  sendMetadata(name: string, value: string): void {
    this.responseMetadata ??= new Metadata();
    this.responseMetadata.set(name, value);
  }
}
