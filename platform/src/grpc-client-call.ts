import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Correlation } from "./correlation.ts";
import { AppError, validationFailed } from "./errors.ts";
import { fromGrpcStatus } from "./grpc-status.ts";
import { whyAborted } from "./resilience-errors.ts";
import type { ServiceTokens } from "./service-tokens.ts";

/** What goes with one call, whatever its answer is. */
export interface CallContext {
  /** Ends the call: it is what the signal's reason says where that is an AppError or a TimeoutError, else CANCELLED. */
  signal?: AbortSignal;
  /** The user for whom this service calls; sent as `x-user-id`. */
  userId?: string;
  /** Sent as it is, such as the user's own `Bearer …`, instead of the service's token. */
  authorization?: string;
  /** Sent as `idempotency-key`. */
  idempotencyKey?: string;
  /** Further metadata by name. */
  metadata?: Readonly<Record<string, string>>;
  /** Told the response metadata when it arrives, before the answer. */
  onMetadata?(read: (name: string) => string | undefined): void;
}

/** The token to send; where it has to be fetched first, the call's deadline and signal end the wait for it. */
export function tokenWithin(token: ServiceTokens, deadline: number, signal?: AbortSignal): string | Promise<string> {
  if (signal?.aborted) throw whyAborted(signal);
  const held = token.get();
  return typeof held === "string" ? held : endedBy(held, deadline, signal);
}

async function endedBy<T>(waited: Promise<T>, deadline: number, signal?: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const cancel = () => ended.reject(whyAborted(signal));
  const expire = () => ended.reject(new AppError("DEADLINE_EXCEEDED", "No service token came within the call's time."));
  const timer = setTimeout(expire, Math.min(deadline - Date.now(), longestTimerMs));
  signal?.addEventListener("abort", cancel);
  try {
    return await Promise.race([waited, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

/** A timer that is set to more fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Starts a call. grpc-js throws only where the channel is closed. */
export function startCall<T>(start: () => T): T {
  try {
    return start();
  } catch (err) {
    throw new AppError("UNAVAILABLE", "The call was not sent: its client is closed.", { cause: err });
  }
}

/** What a call's caller is told when grpc-js tells an error. An answer that came just before the abort stays what it is. */
export function callError(err: ServiceError, signal: AbortSignal | undefined): AppError {
  return signal?.aborted && err.code === status.CANCELLED ? whyAborted(signal, err) : fromGrpcStatus(err);
}

/** The metadata of a call: its correlation, its authorization and what the call brought. */
export function metadataOf(
  call: CallContext,
  authorization: string | undefined,
  correlation: Correlation | undefined,
): Metadata {
  const metadata = new Metadata();
  if (correlation !== undefined) {
    setEntry(metadata, "x-correlation-id", correlation.correlationId);
    if (correlation.traceparent !== undefined) setEntry(metadata, "traceparent", correlation.traceparent);
  }
  if (authorization !== undefined) setEntry(metadata, "authorization", authorization);
  if (call.userId !== undefined) setEntry(metadata, "x-user-id", call.userId);
  if (call.idempotencyKey !== undefined) setEntry(metadata, "idempotency-key", call.idempotencyKey);
  if (call.metadata === undefined) return metadata;
  for (const [name, value] of Object.entries(call.metadata)) setEntry(metadata, name, value);
  return metadata;
}

/** The same of a call in a batch, without the authorization, which is the batch's, and without further metadata. */
export function entriesOf(call: CallContext, correlation: Correlation | undefined): Record<string, string> {
  const entries: Record<string, string> = {};
  if (correlation !== undefined) {
    entries["x-correlation-id"] = correlation.correlationId;
    if (correlation.traceparent !== undefined) entries.traceparent = correlation.traceparent;
  }
  if (call.userId !== undefined) entries["x-user-id"] = call.userId;
  if (call.idempotencyKey !== undefined) entries["idempotency-key"] = call.idempotencyKey;
  for (const name in entries) {
    if (!printable.test(entries[name] as string)) throw unfit(name);
  }
  return entries;
}

/** What grpc-js takes for the value of an entry that is not binary. */
const printable = /^[ -~]*$/;

/** Sets an entry, or refuses it as a fault of the caller's. */
export function setEntry(metadata: Metadata, name: string, value: string): void {
  try {
    metadata.set(name, value);
  } catch {
    // What grpc-js throws quotes the value, which may be a secret.
    throw unfit(name);
  }
}

function unfit(field: string): AppError {
  return validationFailed([{ field, message: "must be fit for metadata: a plain name and printable ASCII text" }]);
}

/** Reads response metadata: the first value under a name. */
export function reader(metadata: Metadata): (name: string) => string | undefined {
  return (name) => {
    const value = metadata.get(name)[0];
    return typeof value === "string" ? value : undefined;
  };
}
