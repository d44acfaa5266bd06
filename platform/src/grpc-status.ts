import { status as Code, Metadata, type ServiceError, type status } from "@grpc/grpc-js";
import type { Any } from "@shop/protos/gen/google/protobuf/any";
import {
  BadRequest,
  type BadRequest_FieldViolation,
  ErrorInfo,
  RetryInfo,
} from "@shop/protos/gen/google/rpc/error_details";
import { Status } from "@shop/protos/gen/google/rpc/status";
import { AppError, type ErrorCode, errorCodes, type FieldViolation, publicMessage } from "./errors.ts";
import { whyNotConnected } from "./tls-refusals.ts";

/** The one table of codes over gRPC. */
const grpcCodes: Record<ErrorCode, status> = {
  VALIDATION_FAILED: Code.INVALID_ARGUMENT,
  MALFORMED_BODY: Code.INVALID_ARGUMENT,
  UNSUPPORTED_MEDIA_TYPE: Code.INVALID_ARGUMENT,
  UNAUTHENTICATED: Code.UNAUTHENTICATED,
  PERMISSION_DENIED: Code.PERMISSION_DENIED,
  NOT_FOUND: Code.NOT_FOUND,
  METHOD_NOT_ALLOWED: Code.UNIMPLEMENTED,
  ORDER_EXISTS: Code.ALREADY_EXISTS,
  USER_EXISTS: Code.ALREADY_EXISTS,
  IDEMPOTENCY_KEY_REUSED: Code.ALREADY_EXISTS,
  PAYLOAD_TOO_LARGE: Code.RESOURCE_EXHAUSTED,
  RATE_LIMITED: Code.RESOURCE_EXHAUSTED,
  OVERLOADED: Code.RESOURCE_EXHAUSTED,
  UNAVAILABLE: Code.UNAVAILABLE,
  FAILED_PRECONDITION: Code.FAILED_PRECONDITION,
  ABORTED: Code.ABORTED,
  DEADLINE_EXCEEDED: Code.DEADLINE_EXCEEDED,
  CANCELLED: Code.CANCELLED,
  UNIMPLEMENTED: Code.UNIMPLEMENTED,
  INTERNAL: Code.INTERNAL,
};

/** What a gRPC code means where no ErrorInfo of ours says it more finely. A code that is not here is INTERNAL. */
const plainCodes: Partial<Record<status, ErrorCode>> = {
  [Code.CANCELLED]: "CANCELLED",
  [Code.INVALID_ARGUMENT]: "VALIDATION_FAILED",
  [Code.DEADLINE_EXCEEDED]: "DEADLINE_EXCEEDED",
  [Code.NOT_FOUND]: "NOT_FOUND",
  [Code.ALREADY_EXISTS]: "ORDER_EXISTS",
  [Code.PERMISSION_DENIED]: "PERMISSION_DENIED",
  [Code.RESOURCE_EXHAUSTED]: "OVERLOADED",
  [Code.FAILED_PRECONDITION]: "FAILED_PRECONDITION",
  [Code.ABORTED]: "ABORTED",
  [Code.UNIMPLEMENTED]: "UNIMPLEMENTED",
  [Code.UNAVAILABLE]: "UNAVAILABLE",
  [Code.UNAUTHENTICATED]: "UNAUTHENTICATED",
};

/** Reasons that say "this process did not send the call". From another process they would say it of the wrong call. */
const localReasons = new Set(["CIRCUIT_OPEN", "BULKHEAD_FULL"]);

const domain = "shop";
const detailsKey = "grpc-status-details-bin";
const typeUrl = "type.googleapis.com/google.rpc.";

/** Violations beyond this many bytes are left out: proxies refuse trailers above 8 KiB. */
const violationsLimitBytes = 4096;

/** The gRPC code of an error. */
export function grpcCodeOf(err: AppError): status {
  return grpcCodes[err.code];
}

/** What a gRPC server ends a failed call with. */
export interface GrpcStatus {
  code: status;
  details: string;
  metadata: Metadata;
}

/**
 * The gRPC status of an error: code and message, and a google.rpc.Status in the trailer `grpc-status-details-bin` with
 * ErrorInfo (reason, domain `shop`, our code as metadata), BadRequest (violations) and RetryInfo.
 */
export function toGrpcStatus(err: AppError): GrpcStatus {
  const { code, message, details } = toRpcStatus(err);
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(Status.encode({ code, message, details }).finish()));
  return { code, details: message, metadata };
}

/** The google.rpc.Status of an error, with the details that {@link toGrpcStatus} describes. */
export function toRpcStatus(err: AppError): Status {
  return { code: grpcCodes[err.code], message: publicMessage(err).toWellFormed(), details: detailsOf(err) };
}

/**
 * The AppError that the other side meant. Details that are missing or cannot be read leave what the code alone says; then
 * the text is not ours either (it may name inner addresses) and stays in the cause.
 */
export function fromGrpcStatus(err: ServiceError): AppError {
  const raw = err.metadata?.get(detailsKey)[0];
  const details = Buffer.isBuffer(raw) ? readDetails(() => Status.decode(raw)) : {};
  return toAppError(err.code, err.details, details, err);
}

/** The same for a google.rpc.Status that came by itself. */
export function fromRpcStatus(sent: Status): AppError {
  const cause = new Error(`${sent.code} ${Code[sent.code] ?? ""}: ${sent.message}`);
  return toAppError(
    sent.code,
    sent.message,
    readDetails(() => sent),
    cause,
  );
}

function toAppError(grpcCode: status, text: string, details: Details, cause: Error): AppError {
  if (details.info === undefined && isLost(grpcCode, text)) {
    return new AppError("UNAVAILABLE", "The connection broke before the call was answered.", { cause });
  }
  const code = codeOf(grpcCode, details.info);
  const reason = details.info?.reason;
  const named = reason !== undefined && reason !== "" && reason !== code && !localReasons.has(reason);
  const message = details.info
    ? text
    : (whyNotConnected(text) ?? `The call ended with ${Code[grpcCode] ?? "an unknown code"}.`);
  return new AppError(code, message, {
    ...(details.violations && { violations: details.violations }),
    ...(named && { reason }),
    ...(details.retryAfterMs !== undefined && { retryAfterMs: details.retryAfterMs }),
    cause,
  });
}

/**
 * Claims that grpc-js itself ended a call because its stream or its connection was reset: no status came, so that the call
 * may have been handled or not. That is nobody's defect: a connection on which too many calls are cancelled is closed by
 * HTTP/2, with all others on it.
 */
function isLost(grpcCode: status, text: string): boolean {
  switch (grpcCode) {
    case Code.INTERNAL:
      return text.startsWith("Received RST_STREAM with code ");
    case Code.CANCELLED:
      return text === "Call cancelled";
    default:
      return false;
  }
}

function detailsOf(err: AppError): Any[] {
  const info = { reason: err.reason ?? err.code, domain, metadata: { code: err.code } };
  const details = [detail("ErrorInfo", ErrorInfo.encode(info).finish())];
  if (err.violations && err.violations.length > 0) {
    details.push(detail("BadRequest", encodeWithinLimit(err.violations.map(toWireViolation))));
  }
  if (err.retryAfterMs !== undefined) {
    const millis = Math.max(0, Math.round(err.retryAfterMs));
    const retryDelay = { seconds: BigInt(Math.floor(millis / 1000)), nanos: (millis % 1000) * 1e6 };
    details.push(detail("RetryInfo", RetryInfo.encode({ retryDelay }).finish()));
  }
  return details;
}

function detail(type: string, value: Uint8Array): Any {
  return { typeUrl: typeUrl + type, value: Buffer.from(value) };
}

function toWireViolation(violation: FieldViolation): BadRequest_FieldViolation {
  const field = violation.field.toWellFormed();
  return { field, description: violation.message.toWellFormed(), reason: "", localizedMessage: undefined };
}

function encodeWithinLimit(fieldViolations: BadRequest_FieldViolation[]): Uint8Array {
  const encoded = BadRequest.encode({ fieldViolations }).finish();
  if (encoded.length <= violationsLimitBytes || fieldViolations.length === 1) return encoded;
  return encodeWithinLimit(fieldViolations.slice(0, Math.ceil(fieldViolations.length / 2)));
}

interface Details {
  info?: ErrorInfo;
  violations?: FieldViolation[];
  retryAfterMs?: number;
}

function readDetails(read: () => Status): Details {
  try {
    const details: Details = {};
    for (const { typeUrl: url, value } of read().details) readDetail(details, url, value);
    return details;
  } catch {
    // Garbled details say nothing; the status code and message still stand.
    return {};
  }
}

function readDetail(details: Details, url: string, value: Uint8Array): void {
  const type = url.slice(url.lastIndexOf("/") + 1);
  if (type === "google.rpc.ErrorInfo") {
    const info = ErrorInfo.decode(value);
    if (info.domain === domain) details.info = info;
  }
  if (type === "google.rpc.BadRequest") {
    const { fieldViolations } = BadRequest.decode(value);
    details.violations = fieldViolations.map(({ field, description }) => ({ field, message: description }));
  }
  if (type === "google.rpc.RetryInfo") {
    const { retryDelay } = RetryInfo.decode(value);
    if (retryDelay) details.retryAfterMs = Number(retryDelay.seconds) * 1000 + Math.round(retryDelay.nanos / 1e6);
  }
}

/** Our own code, where the other side named one that goes with the gRPC code; else what the gRPC code alone says. */
function codeOf(grpcCode: status, info: ErrorInfo | undefined): ErrorCode {
  const named = errorCodes.find((code) => code === info?.metadata.code);
  if (named !== undefined && grpcCodes[named] === grpcCode) return named;
  return plainCodes[grpcCode] ?? "INTERNAL";
}
