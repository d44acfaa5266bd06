import { types } from "node:util";

/** The stable codes every door answers with. What each is over HTTP and gRPC stands in problem.ts and grpc-status.ts. */
export const errorCodes = [
  "VALIDATION_FAILED",
  "MALFORMED_BODY",
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "ORDER_EXISTS",
  "USER_EXISTS",
  "IDEMPOTENCY_KEY_REUSED",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "RATE_LIMITED",
  "OVERLOADED",
  "UNAVAILABLE",
  "FAILED_PRECONDITION",
  "ABORTED",
  "DEADLINE_EXCEEDED",
  "CANCELLED",
  "UNIMPLEMENTED",
  "INTERNAL",
] as const;

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number];

/** One fault in what the caller sent. */
export interface FieldViolation {
  /** The field's path as the caller wrote it, such as `items[0].quantity`. */
  field: string;
  /** What is expected there, as a sentence. */
  message: string;
}

/** What an {@link AppError} may carry beside its code and message. */
export interface AppErrorOptions {
  /** The faults of a VALIDATION_FAILED, all of them together. */
  violations?: readonly FieldViolation[];
  /** A finer reason that a program can act on, such as `UNDONE`; where there is none, the code stands for it. */
  reason?: string;
  /** How long the caller should wait before it asks again, in milliseconds. */
  retryAfterMs?: number;
  /** What lay beneath. It is logged and never sent. */
  cause?: unknown;
}

/** The one error that crosses a door. Its message is for the caller: no secrets, no card data, no inner detail. */
export class AppError extends Error {
  override readonly name: string = "AppError";
  readonly code: ErrorCode;
  readonly violations?: readonly FieldViolation[];
  readonly reason?: string;
  readonly retryAfterMs?: number;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.violations = options.violations;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The error of a request that has faults; its message names the first, its violations name all. */
export function validationFailed(violations: readonly FieldViolation[]): AppError {
  const first = violations[0];
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : "";
  const message = first ? `${first.field}: ${first.message}${rest}` : "The request is not valid.";
  return new AppError("VALIDATION_FAILED", message, { violations });
}

const connectionFailures = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
]);

/** SQLSTATE: connection exceptions, too many connections, shutting down or starting up, read-only after a failover. */
const postgresUnavailable = /^(08...|53300|57P0[1-3]|25006)$/;

const postgresLost =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error)/;

/**
 * Turns whatever was thrown into an AppError:
 * - an AppError stays as it is;
 * - an aborted signal is CANCELLED, or DEADLINE_EXCEEDED where its time ran out;
 * - a connection that could not be made, or broke, is UNAVAILABLE, and so is a statement that the database ended because
 *   it waited too long or stood in another's way;
 * - everything else is our fault: INTERNAL, with a neutral message and the original as its cause.
 */
export function fromUnknown(err: unknown): AppError {
  if (err instanceof AppError) return err;
  if (isErrorLike(err) && err.name === "AbortError") {
    return new AppError("CANCELLED", "The call was cancelled.", { cause: err });
  }
  if (isErrorLike(err) && err.name === "TimeoutError") {
    return new AppError("DEADLINE_EXCEEDED", "The call took too long.", { cause: err });
  }
  if (isConnectionFailure(err) || isEndedStatement(err)) {
    return new AppError("UNAVAILABLE", "Something this service needs cannot be reached.", { cause: err });
  }
  return new AppError("INTERNAL", neutralMessage, { cause: err });
}

const neutralMessage = "Something went wrong on our side.";

/** What a caller may read of an error: its message, but of one that is our own fault nothing. */
export function publicMessage(err: AppError): string {
  return err.code === "INTERNAL" ? neutralMessage : err.message;
}

/**
 * Claims that a connection could not be made, or broke, or that a database takes none: by the error's code or, where pg
 * gives none, by its message.
 */
export function isConnectionFailure(err: unknown): boolean {
  if (!isErrorLike(err) || err instanceof AppError) return false;
  if ("code" in err && typeof err.code === "string") {
    return connectionFailures.has(err.code) || postgresUnavailable.test(err.code);
  }
  return postgresLost.test(err.message);
}

/** SQLSTATE: statement or lock timeout, serialization failure, deadlock. */
function isEndedStatement(err: unknown): boolean {
  return isErrorLike(err) && "code" in err && /^(57014|55P03|40001|40P01)$/.test(String(err.code));
}

/** Claims that a value is an error, also one of another realm, as jest's sandbox makes all errors of Node's own. */
export function isErrorLike(err: unknown): err is Error {
  return types.isNativeError(err) || err instanceof Error || err instanceof DOMException;
}
