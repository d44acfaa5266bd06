import type { AppError } from "@shop/platform/errors";
import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import { createSeats } from "@shop/platform/seats";
import { OrderStatus, type WatchOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import type { SagaSnapshot } from "@shop/saga";
import type { Checkout } from "../checkout/checkout.ts";
import { watchOrder } from "./watch-order.ts";

const ORDER = "01900000-0000-7000-8000-00000000000f";
const ALICE = "01900000-0000-7000-8000-00000000a11c";
const AT = new Date("2026-01-01T00:00:00Z");
const ADDRESS = { street: "1 Main St", city: "Springfield", state: "", zipCode: "62701", country: "US" };

/** A database that knows one order, as it was when it was placed, and its saga. */
const db = {
  query: async () => ({
    rows: [
      {
        id: ORDER,
        user_id: ALICE,
        status: "Submitted",
        items: [],
        total_amount: null,
        currency: null,
        shipping_address: ADDRESS,
        history: [],
        failure: null,
        created_at: AT,
        updated_at: AT,
        completed_at: null,
      },
    ],
  }),
} as unknown as Queryable;

const data: Checkout = {
  orderId: ORDER,
  userId: ALICE,
  lines: [],
  shippingAddress: ADDRESS,
  paymentMethod: "pm_ok",
  correlationId: "c",
};

function snapshot(change: Partial<SagaSnapshot<Checkout>> = {}): SagaSnapshot<Checkout> {
  return { id: "s", key: ORDER, status: "InProgress", currentStep: "", history: [], data, ...change };
}

/** Reads everything that a watcher is told of a saga that is seen like this; answers with what ended it, too. */
async function told(...seen: SagaSnapshot<Checkout>[]) {
  const watchers = createSeats({ places: 1, placesPerUser: 1 });
  const call = {
    caller: { kind: "user", userId: ALICE, role: "customer" },
    signal: new AbortController().signal,
  } as unknown as Call;
  async function* watch() {
    yield* seen;
  }
  const messages: WatchOrderResponse[] = [];
  let error: AppError | undefined;
  try {
    for await (const message of watchOrder({ db, engine: { watch }, watchers }, { orderId: ORDER }, call)) {
      messages.push(message);
    }
  } catch (err) {
    error = err as AppError;
  }
  return { messages, error, taken: watchers.taken };
}

test("a watch that ends without the saga's end is told to be begun again", async () => {
  const { messages, error, taken } = await told(snapshot(), snapshot());
  expect(messages).toHaveLength(2);
  expect(error).toMatchObject({ code: "UNAVAILABLE" });
  expect(taken).toBe(0);
});

test("nothing is told after the saga's end", async () => {
  const { messages, error, taken } = await told(snapshot({ status: "Completed" }), snapshot());
  expect([messages.length, error, taken]).toEqual([1, undefined, 0]);
});

test("the order is as the saga's owner knows it, and changed when the last step did", async () => {
  const reserved = { lines: [], totalAmount: { minorUnits: 500, currency: "USD" } };
  const entry = { step: "ReserveInventory", status: "Completed", message: "", attempt: 1 } as const;
  const history = [{ ...entry, timestamp: "2026-01-01T00:00:01.000Z" }];
  const { messages } = await told(snapshot({ data: { ...data, reserved }, history }));
  expect(messages[0]?.order).toMatchObject({
    status: OrderStatus.ORDER_STATUS_INVENTORY_RESERVED,
    totalAmount: { units: 5n },
    createdAt: AT,
    updatedAt: new Date("2026-01-01T00:00:01.000Z"),
  });
  expect(messages[0]?.saga).toMatchObject({ startedAt: AT, completedAt: undefined });
});

test("an order whose saga has called nothing yet was changed when it was placed, however its owner's clock goes", async () => {
  const entry = { step: "ValidateInventory", status: "Running", message: "", attempt: 1 } as const;
  const early = [{ ...entry, timestamp: "2025-12-31T23:59:59.000Z" }];
  const { messages } = await told(snapshot({ status: "Started" }), snapshot({ history: early }));
  expect(messages.map(({ order }) => order?.updatedAt)).toEqual([AT, AT]);
});
