import type { IncomingHttpHeaders } from "node:http2";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorInfo } from "@shop/protos/gen/google/rpc/error_details";
import { Status } from "@shop/protos/gen/google/rpc/status";
import { AppError, errorCodes } from "./errors.ts";
import { fromGrpcStatus, toGrpcStatus } from "./grpc-status.ts";

test.each(errorCodes)("carries %s there and back", (code) => {
  const back = overTheWire(new AppError(code, "It says why."));
  expect(back.code).toBe(code);
  expect(back.reason).toBeUndefined();
});

test("carries message, reason, violations and the time to wait", () => {
  const back = overTheWire(
    new AppError("FAILED_PRECONDITION", "The reservation was undone. ąę", {
      reason: "UNDONE",
      violations: [{ field: "items[0].quantity", message: "must be from 1 to 10,000" }],
      retryAfterMs: 1250,
    }),
  );
  expect(back).toMatchObject({
    code: "FAILED_PRECONDITION",
    message: "The reservation was undone. ąę",
    reason: "UNDONE",
    violations: [{ field: "items[0].quantity", message: "must be from 1 to 10,000" }],
    retryAfterMs: 1250,
  });
});

test("says ErrorInfo as others read it", () => {
  const { metadata } = toGrpcStatus(new AppError("ORDER_EXISTS", "The order exists."));
  const details = Status.decode(metadata.get("grpc-status-details-bin")[0] as Buffer);
  expect(details.code).toBe(status.ALREADY_EXISTS);
  expect(details.details[0]?.typeUrl).toBe("type.googleapis.com/google.rpc.ErrorInfo");
  expect(ErrorInfo.decode(details.details[0]?.value ?? new Uint8Array())).toMatchObject({
    reason: "ORDER_EXISTS",
    domain: "shop",
  });
});

test.each(["CIRCUIT_OPEN", "BULKHEAD_FULL"])(
  "drops %s, which speaks of a call that this process did not make",
  (reason) => {
    expect(overTheWire(new AppError("UNAVAILABLE", "Not sent.", { reason })).reason).toBeUndefined();
  },
);

test("tells nothing of a defect", () => {
  const sent = toGrpcStatus(new AppError("INTERNAL", "password is hunter2", { cause: new Error("hunter3") }));
  expect(JSON.stringify([sent.details, ...sent.metadata.get("grpc-status-details-bin").map(String)])).not.toContain(
    "hunter",
  );
});

const foreign = Object.entries(status)
  .filter(([, code]) => typeof code === "number")
  .map(([name, code]) => ({ name, code: code as status }));

test.each([...foreign, { name: "a code that does not exist", code: 99 as status }])(
  "reads $name without details",
  ({ code }) => {
    const err = serviceError(code, "connect ECONNREFUSED 10.0.0.7:5432", new Metadata());
    const read = fromGrpcStatus(err);
    expect(errorCodes).toContain(read.code);
    expect(read.message).not.toContain("10.0.0.7");
    expect(read.cause).toBe(err);
  },
);

test.each([
  { code: status.INTERNAL, details: "Received RST_STREAM with code 2 (Internal server error)" },
  { code: status.INTERNAL, details: "Received RST_STREAM with code 0 (Call ended without gRPC status)" },
  {
    code: status.INTERNAL,
    details:
      "Received RST_STREAM with code 2 triggered by internal client error: Session closed with error code NGHTTP2_INTERNAL_ERROR",
  },
  { code: status.CANCELLED, details: "Call cancelled" },
])("takes $details for the loss of the connection, whatever became of the call", ({ code, details }) => {
  expect(fromGrpcStatus(serviceError(code, details, new Metadata()))).toMatchObject({
    code: "UNAVAILABLE",
    message: "The connection broke before the call was answered.",
  });
});

test.each([
  { code: "INTERNAL", message: "Received RST_STREAM with code 2" },
  { code: "CANCELLED", message: "Call cancelled" },
] as const)("takes $code for what it is where the other side said so itself", ({ code, message }) => {
  expect(overTheWire(new AppError(code, message)).code).toBe(code);
});

test("turns a saga round only for what is declared a refusal", () => {
  const refusals = foreign.filter(({ code }) =>
    ["VALIDATION_FAILED", "FAILED_PRECONDITION"].includes(fromGrpcStatus(serviceError(code, "", new Metadata())).code),
  );
  expect(refusals.map(({ name }) => name).sort()).toEqual(["FAILED_PRECONDITION", "INVALID_ARGUMENT"]);
});

const garbled = [
  { name: "random bytes", value: Buffer.from([255, 255, 255, 1, 2, 3]) },
  { name: "nothing", value: Buffer.alloc(0) },
  { name: "a detail that cannot be read", value: encodeDetail("google.rpc.ErrorInfo", Buffer.from([10, 200, 1])) },
  { name: "a detail that nobody knows", value: encodeDetail("google.rpc.Unknown", Buffer.from([1, 2, 3])) },
  { name: "another domain's reason", value: encodeDetail("google.rpc.ErrorInfo", errorInfo("UNDONE", "elsewhere")) },
];

test.each(garbled)("falls back to the code when the details are $name", ({ value }) => {
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", value);
  const read = fromGrpcStatus(serviceError(status.NOT_FOUND, "gone", metadata));
  expect(read).toMatchObject({ code: "NOT_FOUND", reason: undefined });
});

test("does not believe a code that contradicts the status", () => {
  const metadata = new Metadata();
  const info = ErrorInfo.encode({ reason: "X", domain: "shop", metadata: { code: "VALIDATION_FAILED" } }).finish();
  metadata.set("grpc-status-details-bin", encodeDetail("google.rpc.ErrorInfo", info));
  expect(fromGrpcStatus(serviceError(status.UNAVAILABLE, "", metadata)).code).toBe("UNAVAILABLE");
});

test("leaves out violations that no proxy would let through", () => {
  const violations = Array.from({ length: 300 }, (_, index) => ({ field: `items[${index}]`, message: "x".repeat(50) }));
  const sent = toGrpcStatus(new AppError("VALIDATION_FAILED", "bad", { violations }));
  expect((sent.metadata.get("grpc-status-details-bin")[0] as Buffer).length).toBeLessThan(5000);
  const back = fromGrpcStatus(serviceError(sent.code, sent.details, sent.metadata));
  expect(back.violations?.[0]).toEqual(violations[0]);
});

test("survives text that is no well-formed Unicode", () => {
  const sent = toGrpcStatus(
    new AppError("NOT_FOUND", "lone \ud800", { violations: [{ field: "\udfff", message: "\ud800" }] }),
  );
  expect(() => encodeURI(sent.details)).not.toThrow();
});

function overTheWire(err: AppError): AppError {
  const sent = toGrpcStatus(err);
  return fromGrpcStatus(
    serviceError(
      sent.code,
      sent.details,
      Metadata.fromHttp2Headers(sent.metadata.toHttp2Headers() as IncomingHttpHeaders),
    ),
  );
}

function serviceError(code: status, details: string, metadata: Metadata): ServiceError {
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata });
}

function errorInfo(reason: string, domain: string): Uint8Array {
  return ErrorInfo.encode({ reason, domain, metadata: {} }).finish();
}

function encodeDetail(type: string, value: Uint8Array): Buffer {
  const detail = { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(value) };
  return Buffer.from(Status.encode({ code: 5, message: "", details: [detail] }).finish());
}
