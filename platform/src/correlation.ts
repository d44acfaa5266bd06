import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";

/** What ties together all that happens for one request, from the edge to the last participant. */
export interface Correlation {
  /** Travels as `x-correlation-id`. */
  correlationId: string;
  /** W3C trace context as it came in, passed on unchanged. */
  traceparent?: string;
}

const storage = new AsyncLocalStorage<Correlation>();

/** The correlation of the request this code runs for; undefined outside any. */
export function currentCorrelation(): Correlation | undefined {
  return storage.getStore();
}

/** Runs `fn`, and all that it awaits or starts, under the given correlation. */
export function runWithCorrelation<T>(correlation: Correlation, fn: () => T): T {
  return storage.run(correlation, fn);
}

/** A correlation id for a request that came without one. */
export function newCorrelationId(): string {
  return randomUUID();
}

/** An HTTP token of at most 128 characters: safe in a header, a log line and a URL's query. */
const acceptable = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** The caller's correlation id where it is an HTTP token of at most 128 characters, else a new one. */
export function acceptCorrelationId(value: string | undefined): string {
  return value !== undefined && acceptable.test(value) ? value : newCorrelationId();
}

const traceparentForm = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;
const zeros = /^0+$/;

/** The caller's traceparent where it has the W3C form, else undefined. */
export function acceptTraceparent(value: string | undefined): string | undefined {
  return traceIdOf(value) === undefined ? undefined : value;
}

/** The trace id inside a traceparent; undefined where there is none or it is not well formed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  const match = traceparent === undefined ? null : traceparentForm.exec(traceparent);
  const [, traceId = "0", spanId = "0"] = match ?? [];
  return traceparent?.startsWith("ff") || zeros.test(traceId) || zeros.test(spanId) ? undefined : traceId;
}
