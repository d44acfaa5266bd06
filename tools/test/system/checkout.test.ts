import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OrderStatus, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { type Answer, FAR, HOME, openShop, orderIdEndingIn, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(60_000);

let shop: Shop;
/** Something affordable that there is plenty of. */
let lamp: Product;

beforeAll(async () => {
  shop = await openShop();
  lamp = await shop.affordable();
}, 120_000);

afterAll(() => shop.close(), 60_000);

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error("expected at least one");
  return item;
}

async function available(product: Product): Promise<number> {
  return (await shop.get(`/api/products/${product.id}`)).body.available;
}

async function sagaOf(answer: Answer) {
  const { status, body } = await shop.get(`/api/orders/${answer.body.id}/saga`, await shop.token("alice"));
  expect(status).toBe(200);
  return body;
}

/** The saga's own steps; what the customer is told afterwards has a test of its own. */
function steps(saga: { history: readonly { step: string; status: string }[] }): string[] {
  return saga.history.filter(({ step }) => !step.startsWith("Send")).map(({ step, status }) => `${step} ${status}`);
}

/** What the payment service's own database says of the order's payment. */
async function paymentStatus(orderId: string): Promise<string | undefined> {
  const sql = "SELECT document ->> 'status' AS status FROM payments WHERE order_id = $1";
  return (await shop.query<{ status: string }>("payments", sql, [orderId]))[0]?.status;
}

describe("a good order", () => {
  test("goes through inventory, payment and shipping and is answered with 201", async () => {
    const before = await available(lamp);
    const answer = await shop.order({ items: [{ productId: lamp.id, quantity: 2 }], shippingAddress: HOME });

    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/api/orders/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      status: "Completed",
      items: [{ productId: lamp.id, name: lamp.name, quantity: 2, unitPrice: lamp.price }],
      totalAmount: { amount: (2 * Number(lamp.price.amount)).toFixed(2), currency: "USD" },
      shippingAddress: HOME,
    });
    expect(await available(lamp)).toBe(before - 2);
    expect(await paymentStatus(answer.body.id)).toBe("COMPLETED");

    const saga = await sagaOf(answer);
    expect(saga).toMatchObject({ status: "Completed", orderId: answer.body.id, currentStep: "CommitInventory" });
    expect(steps(saga)).toEqual([
      "ValidateInventory Completed",
      "ReserveInventory Completed",
      "ProcessPayment Completed",
      "ScheduleShipment Completed",
      "CommitInventory Completed",
    ]);
    expect(saga.completedAt).toBeTruthy();
  });

  test("goes to the address of the customer's profile where none is given", async () => {
    const answer = await shop.order({ items: [{ productId: lamp.id, quantity: 1 }] });

    expect(answer.status).toBe(201);
    expect(answer.body.status).toBe("Completed");
    expect(answer.body.shippingAddress.country).toBe("US");
  });

  test("may name the product and its price, as a shop's page sends them", async () => {
    const userId = (await shop.order({ items: [{ productId: lamp.id, quantity: 1 }] })).body.userId;
    const item = { productId: lamp.id, productName: lamp.name, quantity: 1, price: Number(lamp.price.amount) };
    const answer = await shop.order({ userId, items: [item] });

    expect([answer.status, answer.body.status]).toEqual([201, "Completed"]);
  });

  test("merges equal products", async () => {
    const items = [1, 2].map((quantity) => ({ productId: lamp.id, quantity }));
    const answer = await shop.order({ items });

    expect(answer.body.items).toEqual([expect.objectContaining({ productId: lamp.id, quantity: 3 })]);
  });

  test("can be placed and read over gRPC", async () => {
    const authorization = `Bearer ${await shop.token("alice")}`;
    const { order, sagaStatus } = await shop.orders.createOrder(
      {
        items: [{ productId: lamp.id, quantity: 1, expectedUnitPrice: undefined }],
        shippingAddress: HOME,
        paymentMethod: "",
        orderId: "",
        idempotencyKey: "",
        userId: "",
      },
      { timeoutMs: 10_000, authorization },
    );
    expect(order?.status).toBe(OrderStatus.ORDER_STATUS_COMPLETED);
    expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_COMPLETED);

    const orderId = order?.id ?? "";
    const read = await shop.orders.getOrder({ orderId }, { timeoutMs: 5000, authorization });
    expect(read.order).toEqual(order);
    const { saga } = await shop.orders.getSaga({ orderId }, { timeoutMs: 5000, authorization });
    expect(saga?.history.length).toBeGreaterThanOrEqual(5);
  });
});

describe("an order that fails", () => {
  test("for want of stock: nothing was to be undone", async () => {
    const scarce = first((await shop.products()).filter((product) => product.available < 100));
    const answer = await shop.order({ items: [{ productId: scarce.id, quantity: 101 }] });

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      status: "Failed",
      failure: { code: "OUT_OF_STOCK", step: "ValidateInventory" },
    });
    const saga = await sagaOf(answer);
    expect(saga.status).toBe("Failed");
    expect(steps(saga)).toEqual(["ValidateInventory Refused"]);
    expect(await available(scarce)).toBe(scarce.available);
  });

  test("for a product that nobody knows", async () => {
    const answer = await shop.order({ items: [{ productId: randomUUID(), quantity: 1 }] });

    expect(answer.body).toMatchObject({ status: "Failed", failure: { code: "UNKNOWN_PRODUCT" } });
  });

  test("for another price than the customer was shown", async () => {
    const answer = await shop.order({ items: [{ productId: lamp.id, quantity: 1, price: 0.01 }] });

    expect(answer.body).toMatchObject({ status: "Failed", failure: { code: "PRICE_CHANGED" } });
  });

  test("for a declined payment: the stock is back", async () => {
    const before = await available(lamp);
    const answer = await shop.order({ items: [{ productId: lamp.id, quantity: 1 }], paymentMethod: "pm_declined" });

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      status: "Failed",
      failure: { code: "PAYMENT_DECLINED", step: "ProcessPayment" },
    });
    const saga = await sagaOf(answer);
    expect(saga.status).toBe("Compensated");
    expect(steps(saga)).toContain("ProcessPayment Refused");
    expect(steps(saga)).toContain("ReleaseInventory Completed");
    expect(await available(lamp)).toBe(before);
  });

  test("for an amount beyond the limit", async () => {
    const quantity = Math.ceil(1000 / Number(lamp.price.amount));
    const answer = await shop.order({ items: [{ productId: lamp.id, quantity }] });

    expect(answer.body).toMatchObject({ status: "Failed", failure: { code: "PAYMENT_DECLINED" } });
  });

  test("for an address that is not served: the payment is refunded and the stock is back", async () => {
    const before = await available(lamp);
    const answer = await shop.order({ items: [{ productId: lamp.id, quantity: 1 }], shippingAddress: FAR });

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      status: "Failed",
      failure: { code: "ADDRESS_NOT_SERVED", step: "ScheduleShipment" },
    });
    const saga = await sagaOf(answer);
    expect(saga.status).toBe("Compensated");
    expect(steps(saga)).toEqual([
      "ValidateInventory Completed",
      "ReserveInventory Completed",
      "ProcessPayment Completed",
      "ScheduleShipment Refused",
      "RefundPayment Completed",
      "ReleaseInventory Completed",
    ]);
    expect(await paymentStatus(answer.body.id)).toBe("REFUNDED");
    expect(await available(lamp)).toBe(before);
  });
});

describe("the sandbox's digits", () => {
  const place = (digit: string) =>
    shop.order({ orderId: orderIdEndingIn(digit), items: [{ productId: lamp.id, quantity: 1 }] });

  test("0 is out of stock", async () => {
    expect((await place("0")).body).toMatchObject({ status: "Failed", failure: { code: "OUT_OF_STOCK" } });
  });

  test("1 is declined", async () => {
    expect((await place("1")).body).toMatchObject({ status: "Failed", failure: { code: "PAYMENT_DECLINED" } });
  });

  test("2 fails twice, then succeeds", async () => {
    const answer = await place("2");

    expect(answer.body.status).toBe("Completed");
    const { history } = await sagaOf(answer);
    expect(history).toContainEqual(
      expect.objectContaining({ step: "ProcessPayment", status: "Completed", attempt: 3 }),
    );
  });

  test("orders that fail at the payment provider hold back no others, for the payment service is well", async () => {
    const items = [{ productId: lamp.id, quantity: 1 }];
    const lost = shop.order({ orderId: orderIdEndingIn("5"), items, paymentMethod: "pm_timeout" });
    const digits = ["2", "2", "2", "2", "5", "5", "5", "5"];
    const answers = await Promise.all(digits.map(place));
    await lost;

    expect(answers.map(({ body }) => body.status)).toEqual(digits.map(() => "Completed"));
    const log = await readFile(join(shop.system.logsDir, "orders.log"), "utf8");
    expect(log.split("\n").filter((line) => line.includes("circuit breaker changed"))).toEqual([]);
  });
});

describe("an order that is asked for again", () => {
  test("20 concurrent requests with one key are one order and one charge", async () => {
    const before = await available(lamp);
    const key = randomUUID();
    const body = { items: [{ productId: lamp.id, quantity: 1 }] };
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.order(body, { "idempotency-key": key })));

    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.body.status))).toEqual(new Set(["Completed"]));
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === "true")).toHaveLength(19);
    expect(await available(lamp)).toBe(before - 1);
  });

  test("gives the same order under the same order id", async () => {
    const body = { orderId: orderIdEndingIn("a"), items: [{ productId: lamp.id, quantity: 1 }] };
    const [one, two] = [await shop.order(body), await shop.order(body)];

    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.body).toEqual(one.body);
    expect(two.headers.get("idempotency-replayed")).toBe("true");
  });
});

test("a customer is told once of the end of each order, and the order's history tells so", async () => {
  const items = [{ productId: lamp.id, quantity: 1 }];
  const answers = [await shop.order({ items }), await shop.order({ items, paymentMethod: "pm_declined" })];
  await eventually(
    async () => {
      const last = (await Promise.all(answers.map(sagaOf))).map((saga) => saga.history.at(-1));
      const told = last.map(({ step, status }) => `${step} ${status}`);
      expect(told).toEqual(["SendNotification Completed", "SendCancellation Completed"]);
    },
    { timeoutMs: 20_000 },
  );
  const sql = "SELECT kind, status FROM notifications WHERE order_id = ANY ($1) ORDER BY id";
  expect(await shop.query("notifications", sql, [answers.map(({ body }) => body.id)])).toEqual([
    { kind: "COMPLETED", status: "SENT" },
    { kind: "CANCELLED", status: "SENT" },
  ]);
});

test("one correlation id stands in the logs from the edge to the last participant", async () => {
  const correlationId = `test-${randomUUID()}`;
  const answer = await shop.order(
    { items: [{ productId: lamp.id, quantity: 1 }] },
    { "x-correlation-id": correlationId },
  );
  expect(answer.headers.get("x-correlation-id")).toBe(correlationId);

  for (const service of ["gateway", "orders", "inventory", "payments", "shipping", "notifications"]) {
    await eventually(async () => {
      const log = await readFile(join(shop.system.logsDir, `${service}.log`), "utf8");
      expect([service, log.includes(correlationId)]).toEqual([service, true]);
    });
  }
});

describe("every service", () => {
  const NAMES: Record<string, string[]> = {
    orders: [
      "order_submitted_total",
      "order_completed_total",
      "order_failed_total",
      "order_processing_duration_seconds",
      "saga_duration_seconds",
      "saga_step_failures_total",
      "saga_compensations_total",
      "saga_timeouts_total",
      "saga_parked",
      "saga_oldest_parked_seconds",
      "saga_in_flight",
      "circuit_breaker_state",
      "outbox_unsent",
      "outbox_oldest_unsent_seconds",
      "outbox_poisoned_total",
    ],
    inventory: ["inventory_check_total", "inventory_reserved_total", "inventory_shortage_total"],
    payments: [
      "payment_attempts_total",
      "payment_accepted_total",
      "payment_failed_total",
      "payment_transient_failures_total",
    ],
    shipping: ["process_resident_memory_bytes"],
    notifications: ["notifications_sent_total", "notifications_undeliverable_total", "notifications_failed_total"],
    identity: ["process_resident_memory_bytes"],
    gateway: ["http_server_request_duration_seconds"],
  };

  test.each(Object.entries(NAMES))("%s shows its metrics and its health", async (service, names) => {
    const url = shop.system.opsUrls[service];
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const name of names) expect(metrics).toContain(`# TYPE ${name} `);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  test("the whole system is healthy", async () => {
    expect((await shop.get("/health")).status).toBe(200);
  });
});
