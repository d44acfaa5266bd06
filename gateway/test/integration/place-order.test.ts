import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { aliceId } from "@shop/testkit/identity";
import { orderDocument } from "../../src/domain/documents.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId, wireOrder, wirePlaced } from "../_neighbours.ts";

const body = { items: [{ productId, quantity: 2 }] };

describe("POST /api/orders", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    gateway.neighbours.onCreateOrder = () => wirePlaced();
    gateway.neighbours.created.length = 0;
  });

  it("answers 201 with the order and where it is when the saga has ended", async () => {
    const { status, headers, body: order } = await gateway.post("/api/orders", body);

    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/api/orders/${orderId}`);
    expect(headers.get("idempotency-replayed")).toBeNull();
    expect(headers.get("cache-control")).toBe("no-store");
    expect(order).toEqual({
      id: orderId,
      userId: aliceId,
      status: "Completed",
      items: [{ productId, name: "Desk lamp", quantity: 2, unitPrice: { amount: "1299.99", currency: "USD" } }],
      totalAmount: { amount: "2599.98", currency: "USD" },
      shippingAddress: { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" },
      createdAt: "2026-01-31T09:30:00.000Z",
      updatedAt: "2026-01-31T09:30:00.000Z",
    });
    expect(orderDocument.safeParse(order).success).toBe(true);
  });

  it("answers 201 with the failure of an order that was refused", async () => {
    const failure = { code: "PAYMENT_DECLINED", message: "The payment was declined.", step: "ProcessPayment" };
    gateway.neighbours.onCreateOrder = () =>
      wirePlaced({
        order: wireOrder({ status: OrderStatus.ORDER_STATUS_FAILED, failure }),
        sagaStatus: SagaStatus.SAGA_STATUS_COMPENSATED,
      });

    const { status, body: order } = await gateway.post("/api/orders", body);

    expect(status).toBe(201);
    expect(order).toMatchObject({ status: "Failed", failure });
  });

  it.each([
    ["Parked", SagaStatus.SAGA_STATUS_PARKED],
    ["InProgress", SagaStatus.SAGA_STATUS_IN_PROGRESS],
    ["Compensating", SagaStatus.SAGA_STATUS_COMPENSATING],
  ])("answers 202 while the saga is %s, without what is not known yet", async (_name, sagaStatus) => {
    const items = [{ productId, name: "", quantity: 2, unitPrice: undefined }];
    const order = wireOrder({ status: OrderStatus.ORDER_STATUS_SUBMITTED, items, totalAmount: undefined });
    gateway.neighbours.onCreateOrder = () => wirePlaced({ order, sagaStatus });

    const answer = await gateway.post("/api/orders", body);

    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`/api/orders/${orderId}`);
    expect(answer.body.status).toBe("Submitted");
    expect(answer.body.items).toEqual([{ productId, quantity: 2 }]);
    expect(answer.body).not.toHaveProperty("totalAmount");
  });

  it("says so when it answers a repetition", async () => {
    gateway.neighbours.onCreateOrder = () => wirePlaced({ replayed: true });

    const { status, headers } = await gateway.post("/api/orders", body, { "idempotency-key": "basket-1" });

    expect(status).toBe(201);
    expect(headers.get("idempotency-replayed")).toBe("true");
    expect(gateway.neighbours.created[0]?.request.idempotencyKey).toBe("basket-1");
  });

  it("passes everything on that the order service needs", async () => {
    const price = { amount: "39.00", currency: "USD" };
    await gateway.post("/api/orders", {
      orderId: orderId.toUpperCase(),
      userId: aliceId,
      items: [
        { productId, productName: "A lamp", quantity: 1, price: 19.99 },
        { productId, quantity: 2, price: "5" },
        { productId, quantity: 3, price },
      ],
      shippingAddress: { street: "1 Main Street", city: "Kyiv", zipCode: "01001", country: "UA" },
      paymentMethod: "pm_ok",
    });

    expect(gateway.neighbours.created[0]?.request).toEqual({
      orderId,
      userId: aliceId,
      items: [
        { productId, quantity: 1, expectedUnitPrice: { currencyCode: "USD", units: 19n, nanos: 990_000_000 } },
        { productId, quantity: 2, expectedUnitPrice: { currencyCode: "USD", units: 5n, nanos: 0 } },
        { productId, quantity: 3, expectedUnitPrice: { currencyCode: "USD", units: 39n, nanos: 0 } },
      ],
      shippingAddress: { street: "1 Main Street", city: "Kyiv", state: "", zipCode: "01001", country: "UA" },
      paymentMethod: "pm_ok",
      idempotencyKey: "",
    });
  });

  it("calls with the user's token, the caller's correlation and a deadline above the saga's", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let remainingMs = 0;
    gateway.neighbours.onCreateOrder = (_request, call) => {
      remainingMs = call.remainingMs();
      return wirePlaced();
    };

    const { headers } = await gateway.post("/api/orders", body, { "x-correlation-id": "basket-7", traceparent });

    const call = gateway.neighbours.created[0]?.call;
    expect(call?.caller).toMatchObject({ kind: "user", userId: aliceId });
    expect(call?.correlationId).toBe("basket-7");
    expect(call?.metadata("traceparent")).toBe(traceparent);
    expect(headers.get("x-correlation-id")).toBe("basket-7");
    expect(remainingMs).toBeGreaterThan(10_000);
    expect(remainingMs).toBeLessThanOrEqual(12_000);
  });

  it("mints a correlation id in the place of one that is none", async () => {
    const { headers } = await gateway.post("/api/orders", body, { "x-correlation-id": "two words" });

    expect(headers.get("x-correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(gateway.neighbours.created[0]?.call.correlationId).toBe(headers.get("x-correlation-id"));
  });

  it("cancels its call when the client goes away", async () => {
    const cancelled = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    gateway.neighbours.onCreateOrder = async (_request, { signal }) => {
      signal.addEventListener("abort", () => cancelled.resolve());
      called.resolve();
      await cancelled.promise;
      return wirePlaced();
    };
    const client = new AbortController();
    const headers = { authorization: `Bearer ${gateway.tokens.userToken()}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body), signal: client.signal };
    const answer = fetch(`${gateway.url}/api/orders`, init).catch((err: Error) => err.name);

    await called.promise;
    client.abort();

    await expect(answer).resolves.toBe("AbortError");
    await cancelled.promise;
  });

  it("answers a slow order that the client waits for", async () => {
    gateway.neighbours.onCreateOrder = async (_request, { signal }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) throw new AppError("CANCELLED", "The call was cancelled.");
      return wirePlaced();
    };

    await expect(gateway.post("/api/orders", body)).resolves.toMatchObject({ status: 201 });
  });
});
