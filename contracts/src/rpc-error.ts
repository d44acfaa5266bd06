import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { AppError, type ErrorCode, errorCodes } from "@shop/platform/errors";
import { fromGrpcStatus, type GrpcStatus, grpcCodeOf, toGrpcStatus } from "@shop/platform/grpc-status";
import { BadRequest, ErrorInfo } from "@shop/protos/gen/google/rpc/error_details";
import { Status } from "@shop/protos/gen/google/rpc/status";
import type { RpcError } from "./interaction.ts";
import type { Json } from "./match.ts";

/** What a server of ours would end a call with that fails like this. */
export function toStatus({ code, reason, fields, retry }: RpcError): GrpcStatus {
  const named = errorCodes.find((one) => one === reason && status[grpcCodeOf(new AppError(one, ""))] === code);
  return toGrpcStatus(
    new AppError(named ?? errorCodeOf(code), "as the contract says", {
      ...(reason !== undefined && reason !== named && { reason }),
      ...(retry && { retryAfterMs: 1000 }),
      ...(fields && { violations: fields.map((field) => ({ field, message: "as the contract says" })) }),
    }),
  );
}

/** What a call failed with, as it stands in a contract. */
export function toErrorJson({ code, metadata }: Pick<ServiceError, "code" | "metadata">): Json {
  const raw = metadata?.get("grpc-status-details-bin")[0];
  const details = Buffer.isBuffer(raw) ? Status.decode(raw).details : [];
  const find = (type: string) => details.find(({ typeUrl }) => typeUrl.endsWith(`/google.rpc.${type}`))?.value;
  const info = find("ErrorInfo");
  const badRequest = find("BadRequest");
  return {
    code: status[code] ?? String(code),
    ...(info && { reason: ErrorInfo.decode(info).reason }),
    ...(badRequest && { fields: BadRequest.decode(badRequest).fieldViolations.map(({ field }) => field) }),
    ...(find("RetryInfo") && { retry: true }),
  };
}

/** What a gRPC status of this name is to our clients where nothing says it more finely. */
function errorCodeOf(name: string): ErrorCode {
  const found = Object.entries(status).find(([one]) => one === name)?.[1];
  if (typeof found !== "number") throw new Error(`${name} is no gRPC status`);
  return fromGrpcStatus(Object.assign(new Error(), { code: found, details: "", metadata: new Metadata() })).code;
}
