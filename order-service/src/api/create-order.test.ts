import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import type { Call } from "@shop/platform/grpc-server";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import type { Queryable } from "@shop/platform/postgres";
import { CreateOrderRequest, type DeepPartial, OrderStatus, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { ClosingError, OverloadedError, StaleError } from "@shop/saga";
import { createEvents } from "../events.ts";
import { type CreateOrderDeps, createOrder } from "./create-order.ts";

const ALICE = randomUUID();
const PRODUCT = "01900000-0000-7000-9000-000000000001";
const ADDRESS = { street: "1 Main St", city: "Springfield", state: "", zipCode: "62701", country: "US" };

/** A database with one row for each order that was submitted, as far as its saga has come by then. */
function ordersOf(saga: { status: string; orderStatus: string }) {
  const rows: Record<string, unknown>[] = [];
  const db = {
    async query({ name, values }: { name: string; values: unknown[] }) {
      const isAsked = (row: Record<string, unknown>) =>
        name === "find-order" ? row.id === values[0] : row.user_id === values[0] && row.key === values[1];
      return {
        rows: rows.filter(isAsked).map((row) => ({ ...row, status: saga.orderStatus, saga_status: saga.status })),
      };
    },
  } as unknown as Queryable;
  const engine: CreateOrderDeps["engine"] = {
    async submit({ id, entity }) {
      if (rows.some((row) => row.id === entity.id)) return "conflict";
      const { idempotencyKey: key, userId: user_id, lines: items, shippingAddress: shipping_address } = entity;
      const stored = { id: entity.id, key, user_id, items, shipping_address, fingerprint: entity.fingerprint };
      rows.push({
        ...stored,
        saga_id: id,
        total_amount: null,
        failure: null,
        created_at: new Date(),
        updated_at: new Date(),
      });
      return "created";
    },
    settled: async () => undefined,
  };
  return { db, engine };
}

function deps(
  change: Partial<CreateOrderDeps> = {},
  saga = { status: "Completed", orderStatus: "Completed" },
): CreateOrderDeps {
  return {
    ...ordersOf(saga),
    profiles: { addressOf: async () => ADDRESS },
    events: createEvents(createMetrics("test"), silentLog()),
    paymentMethods: ["pm_ok"],
    sandboxRules: false,
    answerWithinMs: 10_000,
    mintId: randomUUID,
    ...change,
  };
}

function call(remainingMs = Number.POSITIVE_INFINITY): Call {
  return {
    caller: { kind: "user", userId: ALICE, role: "customer" },
    correlationId: "c",
    signal: new AbortController().signal,
    remainingMs: () => remainingMs,
    metadata: () => undefined,
    sendMetadata: () => {},
  };
}

function request(change: DeepPartial<CreateOrderRequest> = {}): CreateOrderRequest {
  return CreateOrderRequest.fromPartial({
    items: [{ productId: PRODUCT, quantity: 1 }],
    shippingAddress: ADDRESS,
    ...change,
  });
}

test.each([
  ["the caller sets no deadline", Number.POSITIVE_INFINITY, 10_000],
  ["its deadline is far", 60_000, 10_000],
  ["its deadline is near", 3000, 2750],
  ["its deadline is here", 100, 0],
])("waits for the saga for as long as it should where %s", async (_case, remainingMs, withinMs) => {
  const limits: number[] = [];
  const shop = deps();
  const engine: CreateOrderDeps["engine"] = {
    ...shop.engine,
    async settled(_sagaId, limit) {
      limits.push(limit.withinMs);
      return undefined;
    },
  };
  await createOrder({ ...shop, engine }, request(), call(remainingMs));
  expect(limits).toEqual([withinMs]);
});

test("order and saga in an answer are of one moment, though the saga goes on while it is read", async () => {
  const saga = { status: "InProgress", orderStatus: "Submitted" };
  const shop = deps({}, saga);
  const engine: CreateOrderDeps["engine"] = {
    ...shop.engine,
    async settled(id) {
      const data = {
        orderId: "",
        userId: ALICE,
        lines: [],
        shippingAddress: ADDRESS,
        paymentMethod: "",
        correlationId: "",
      };
      const seen = { id, key: "", status: "InProgress" as const, currentStep: "", history: [], data };
      Object.assign(saga, { status: "Completed", orderStatus: "Completed" });
      return seen;
    },
  };
  expect(await createOrder({ ...shop, engine }, request(), call())).toMatchObject({
    order: { status: OrderStatus.ORDER_STATUS_COMPLETED },
    sagaStatus: SagaStatus.SAGA_STATUS_COMPLETED,
  });
});

describe.each<[string, Error, object]>([
  ["has too many orders under way", new OverloadedError(1234), { code: "OVERLOADED", retryAfterMs: 1234 }],
  ["is shutting down", new ClosingError(), { code: "UNAVAILABLE" }],
  ["cannot reach its database", new StaleError(), { code: "UNAVAILABLE" }],
])("a service that %s", (_state, refusal, error) => {
  const submit = () => Promise.reject(refusal);

  test("refuses a new order", async () => {
    const shop = deps();
    const refused = createOrder({ ...shop, engine: { ...shop.engine, submit } }, request(), call());
    await expect(refused).rejects.toBeInstanceOf(AppError);
    await expect(refused).rejects.toMatchObject(error);
  });

  test.each(["orderId", "idempotencyKey"])("answers one that is asked for again by its %s", async (name) => {
    const shop = deps();
    const message = request({ [name]: randomUUID() });
    const first = await createOrder(shop, message, call());

    const again = await createOrder({ ...shop, engine: { ...shop.engine, submit } }, message, call());
    expect(again).toEqual({ ...first, replayed: true });
  });
});

test("an error that says nothing about the load is not turned into another", async () => {
  const shop = deps();
  const failure = new Error("the journal is away");
  const engine = { ...shop.engine, submit: () => Promise.reject(failure) };
  await expect(createOrder({ ...shop, engine }, request(), call())).rejects.toBe(failure);
});
