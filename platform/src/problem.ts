import { type AppError, type ErrorCode, type FieldViolation, publicMessage } from "./errors.ts";

/** The one table of codes over HTTP. */
const httpStatuses: Record<ErrorCode, { status: number; title: string }> = {
  VALIDATION_FAILED: { status: 400, title: "The request is not valid" },
  MALFORMED_BODY: { status: 400, title: "The body cannot be read" },
  UNAUTHENTICATED: { status: 401, title: "Not logged in" },
  PERMISSION_DENIED: { status: 403, title: "Not allowed" },
  NOT_FOUND: { status: 404, title: "Not found" },
  METHOD_NOT_ALLOWED: { status: 405, title: "Method not allowed" },
  ORDER_EXISTS: { status: 409, title: "The order exists" },
  USER_EXISTS: { status: 409, title: "The user exists" },
  FAILED_PRECONDITION: { status: 409, title: "Not possible in the present state" },
  ABORTED: { status: 409, title: "Under way" },
  PAYLOAD_TOO_LARGE: { status: 413, title: "The body is too large" },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: "The content type is not supported" },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: "The idempotency key belongs to another request" },
  RATE_LIMITED: { status: 429, title: "Too many requests" },
  CANCELLED: { status: 499, title: "Cancelled by the caller" },
  INTERNAL: { status: 500, title: "Something went wrong" },
  UNIMPLEMENTED: { status: 501, title: "Not implemented" },
  OVERLOADED: { status: 503, title: "Overloaded" },
  UNAVAILABLE: { status: 503, title: "Unavailable" },
  DEADLINE_EXCEEDED: { status: 504, title: "Took too long" },
};

/** The media type of a {@link Problem}. */
export const problemContentType = "application/problem+json";

/** An error as RFC 9457 has it. */
export interface Problem {
  /** A URI that names the kind of problem and never changes. */
  type: string;
  /** The kind of problem, for people. */
  title: string;
  /** The HTTP status. */
  status: number;
  /** The stable code, for programs. */
  code: ErrorCode;
  /** What is wrong this time. */
  detail: string;
  /** A finer reason than the code, where there is one. */
  reason?: string;
  /** The faults of the request, all together. */
  errors?: readonly FieldViolation[];
}

/** The HTTP status of a code. */
export function httpStatusOf(code: ErrorCode): number {
  return httpStatuses[code].status;
}

/** The body to answer an error with. */
export function toProblem(err: AppError): Problem {
  return {
    type: `urn:shop:problem:${err.code.toLowerCase().replaceAll("_", "-")}`,
    ...httpStatuses[err.code],
    code: err.code,
    detail: publicMessage(err),
    ...(err.reason !== undefined && { reason: err.reason }),
    ...(err.violations !== undefined && { errors: err.violations }),
  };
}

/** The value of `Retry-After` in whole seconds, at least 1; undefined where the error does not ask to come back. */
export function retryAfterSeconds(err: AppError): number | undefined {
  return err.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(err.retryAfterMs / 1000));
}
