import { loadSync } from "@grpc/proto-loader";
import type { MethodDefinition } from "@shop/platform/grpc-server";
import { protoIncludeDirs } from "@shop/protos/root";
import type { PaymentStatus } from "../domain/payment.ts";

/** The contract as it is imported; it is read when the service starts. */
const paymentsProto = "shop/payments/v1/payments.proto";

/** The service's methods; the types below say what its messages look like under the loader's options. */
export type PaymentContract = {
  readonly ProcessPayment: Unary<ProcessPaymentRequest, ProcessPaymentResponse>;
  readonly RefundPayment: Unary<RefundPaymentRequest, RefundPaymentResponse>;
  readonly GetPayment: Unary<GetPaymentRequest, GetPaymentResponse>;
};

/** Reads the contract. Throws where the file does not define it. */
export function loadPaymentContract(): PaymentContract {
  const definition = loadSync(paymentsProto, {
    includeDirs: [...protoIncludeDirs],
    keepCase: false,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const service = definition["shop.payments.v1.PaymentService"];
  if (service === undefined || "format" in service) throw new Error(`${paymentsProto} defines no PaymentService.`);
  // What the loader gives has no types of its own: the service's tests hold these against the wire.
  return service as unknown as PaymentContract;
}

interface Unary<Request, Response> extends MethodDefinition {
  requestDeserialize(bytes: Buffer): Request;
  responseDeserialize(bytes: Buffer): Response;
}

/** Absent strings are empty, absent messages null. */
export interface ProcessPaymentRequest {
  orderId: string;
  userId: string;
  amount: WireMoney | null;
  paymentMethod: string;
}

export type ProcessPaymentResponse = { payment: WirePayment } | { decline: { code: string; message: string } };

export interface RefundPaymentRequest {
  orderId: string;
}

export interface RefundPaymentResponse {
  status: WirePaymentStatus;
}

export interface GetPaymentRequest {
  orderId: string;
}

export interface GetPaymentResponse {
  payment: WirePayment;
}

/** google.type.Money; `units` is a 64-bit integer in decimals. */
export interface WireMoney {
  currencyCode: string;
  units: string;
  nanos: number;
}

export interface WirePayment {
  orderId: string;
  status: WirePaymentStatus;
  amount?: WireMoney;
  providerReference?: string;
  createdAt: WireTimestamp;
  updatedAt: WireTimestamp;
}

export type WirePaymentStatus = `PAYMENT_STATUS_${PaymentStatus}`;

interface WireTimestamp {
  seconds: number;
  nanos: number;
}
