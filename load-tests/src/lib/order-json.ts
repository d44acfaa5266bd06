import type { Order, Saga } from "./order.ts";

/** REST's JSON. */
export interface RestOrder {
  readonly id: string;
  readonly status: string;
  readonly items: readonly { readonly quantity: number; readonly unitPrice?: RestMoney }[];
  readonly totalAmount?: RestMoney;
  readonly failure?: { readonly code: string };
}

export interface RestMoney {
  readonly amount: string;
}

/** gRPC's messages as k6 gives them: proto3 JSON with every field, absent messages as null. */
export interface GrpcOrder {
  readonly id: string;
  readonly status: string;
  readonly items: readonly { readonly quantity: number; readonly unitPrice?: GrpcMoney | null }[];
  readonly totalAmount?: GrpcMoney | null;
  readonly failure?: { readonly code: string } | null;
}

/** `google.type.Money`: whole units, 64 bits wide and therefore a string in JSON, and billionths of one. */
export interface GrpcMoney {
  readonly units: string | number;
  readonly nanos: number;
}

export interface SagaJson {
  readonly status: string;
  readonly history: readonly { readonly step: string }[];
}

export function fromRestOrder({ id, status, items, totalAmount, failure }: RestOrder): Order {
  return {
    id,
    status,
    lines: items.map(({ quantity, unitPrice }) => ({ quantity, unitPriceCents: unitPrice && restCents(unitPrice) })),
    totalCents: totalAmount && restCents(totalAmount),
    failureCode: failure?.code,
  };
}

export function fromGrpcOrder({ id, status, items, totalAmount, failure }: GrpcOrder): Order {
  return {
    id,
    status: withoutPrefix(status, "ORDER_STATUS_"),
    lines: items.map(({ quantity, unitPrice }) => ({
      quantity,
      unitPriceCents: unitPrice ? grpcCents(unitPrice) : undefined,
    })),
    totalCents: totalAmount ? grpcCents(totalAmount) : undefined,
    failureCode: failure?.code,
  };
}

export function fromRestSaga({ status, history }: SagaJson): Saga {
  return { status, steps: history.map(({ step }) => step) };
}

export function fromGrpcSaga({ status, history }: SagaJson): Saga {
  return { status: withoutPrefix(status, "SAGA_STATUS_"), steps: history.map(({ step }) => step) };
}

export function restCents({ amount }: RestMoney): number {
  return Math.round(Number(amount) * 100);
}

export function toGrpcMoney(cents: number): { currency_code: string; units: number; nanos: number } {
  return { currency_code: "USD", units: Math.floor(cents / 100), nanos: (cents % 100) * 10_000_000 };
}

function grpcCents({ units, nanos }: GrpcMoney): number {
  return Number(units) * 100 + Math.round(nanos / 10_000_000);
}

/** "ORDER_STATUS_INVENTORY_RESERVED" -> "InventoryReserved". */
function withoutPrefix(status: string, prefix: string): string {
  return status
    .replace(prefix, "")
    .split("_")
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join("");
}
