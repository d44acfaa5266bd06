import { ERROR_CODES, type ErrorCode } from "./thresholds.ts";

/** gRPC's status codes by number. */
const GRPC_NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** k6's own error code of a request that was not answered in time. */
const K6_REQUEST_TIMEOUT = 1050;

export function grpcError(status: number): ErrorCode {
  return known(GRPC_NAMES[status]);
}

/** By the problem's code, where there is an answer; else by what k6 says of the connection. */
export function restError(status: number, problemCode: string | undefined, k6Code: number): ErrorCode {
  if (status !== 0) return known(problemCode);
  return k6Code === K6_REQUEST_TIMEOUT ? "DEADLINE_EXCEEDED" : "NO_CONNECTION";
}

function known(name: string | undefined): ErrorCode {
  return ERROR_CODES.find((code) => code === name) ?? "other";
}
