import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus, StepStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { aliceId, bobId } from "@shop/testkit/identity";
import type { Profiles } from "../../src/clients/profile-client.ts";
import {
  ADDRESS,
  type OrderTest,
  openOrderTest,
  PRODUCT,
  type RunningService,
  willingParticipants,
} from "./_orders.ts";

let fixture: OrderTest;
let service: RunningService;

beforeAll(async () => {
  fixture = await openOrderTest();
  service = await fixture.start(willingParticipants());
});

afterAll(() => fixture.close());

const bob = () => `Bearer ${fixture.identity.userToken({ userId: bobId })}`;
const admin = () => `Bearer ${fixture.identity.userToken({ userId: randomUUID(), role: "Admin" })}`;
const operator = () => `Bearer ${fixture.identity.userToken({ userId: randomUUID(), role: "operator" })}`;

test("completes a good order and tells its history", async () => {
  const { order, sagaStatus, replayed } = await service.place({ items: [{ productId: PRODUCT, quantity: 3 }] });

  expect([sagaStatus, replayed]).toEqual([SagaStatus.SAGA_STATUS_COMPLETED, false]);
  expect(order).toMatchObject({
    userId: aliceId,
    status: OrderStatus.ORDER_STATUS_COMPLETED,
    items: [{ productId: PRODUCT, name: "Lamp", quantity: 3, unitPrice: { units: 5n } }],
    totalAmount: { currencyCode: "USD", units: 15n, nanos: 0 },
    shippingAddress: ADDRESS,
    failure: undefined,
  });

  const { saga } = await service.orders.getSaga(
    { orderId: order?.id ?? "" },
    { timeoutMs: 5000, authorization: operator() },
  );
  expect(saga).toMatchObject({ status: SagaStatus.SAGA_STATUS_COMPLETED, currentStep: "CommitInventory" });
  expect(saga?.history.map(({ step, status, attempt }) => [step, status, attempt])).toEqual(
    ["ValidateInventory", "ReserveInventory", "ProcessPayment", "ScheduleShipment", "CommitInventory"].map((step) => [
      step,
      StepStatus.STEP_STATUS_COMPLETED,
      1,
    ]),
  );
});

test("has its metrics under the names that dashboards and alarms know, and no id among their labels", async () => {
  await service.place({});
  const metrics = await (await fetch(`http://127.0.0.1:${service.context.ports.ops}/metrics`)).text();
  const names = [...metrics.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "order_submitted_total",
      "order_completed_total",
      "order_failed_total",
      "order_processing_duration_seconds",
      "order_watchers",
      "saga_duration_seconds",
      "saga_step_failures_total",
      "saga_compensations_total",
      "saga_timeouts_total",
      "saga_parked",
      "saga_oldest_parked_seconds",
      "saga_in_flight",
      "saga_operator_actions_total",
      "circuit_breaker_state",
    ]),
  );
  expect(metrics).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
});

test("mints order ids that mean nothing to the sandbox", async () => {
  const orders = await Promise.all(Array.from({ length: 40 }, () => service.place({})));
  expect(orders.filter(({ order }) => /[012]$/.test(order?.id ?? "0"))).toEqual([]);
});

test("takes the address of the profile, and asks for one where there is none", async () => {
  const { order } = await service.place({ shippingAddress: undefined });
  expect(order?.shippingAddress?.country).toBe("US");

  fixture.identity.profiles.delete(bobId);
  await expect(service.place({ shippingAddress: undefined }, { authorization: bob() })).rejects.toMatchObject({
    code: "VALIDATION_FAILED",
    violations: [expect.objectContaining({ field: "shipping_address" })],
  });
});

test("takes no other payment method than pm_ok where the sandbox has no rules", async () => {
  const plain = await fixture.start(willingParticipants(), { SANDBOX_RULES: "off" });
  for (const paymentMethod of ["pm_declined", "pm_timeout"]) {
    await expect(plain.place({ paymentMethod })).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      violations: [{ field: "payment_method", message: "must be one of: pm_ok" }],
    });
    expect((await service.place({ paymentMethod })).order?.status).toBe(OrderStatus.ORDER_STATUS_COMPLETED);
  }
  expect((await plain.place({ paymentMethod: "pm_ok" })).order?.status).toBe(OrderStatus.ORDER_STATUS_COMPLETED);
  await plain.stop();
});

describe("who may", () => {
  test("a customer may not order for another; an Admin may", async () => {
    await expect(service.place({ userId: bobId })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    const { order } = await service.place({ userId: bobId }, { authorization: admin() });
    expect(order?.userId).toBe(bobId);
  });

  test("an operator and a service may not order", async () => {
    const scopes = ["inventory", "payments", "shipping"];
    for (const authorization of [operator(), `Bearer ${fixture.identity.serviceToken({ scopes })}`]) {
      await expect(service.place({}, { authorization })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    }
  });

  test("a token that is missing, expired or of another issuer is refused", async () => {
    const { identity } = fixture;
    for (const authorization of [
      "",
      `Bearer ${identity.expiredToken()}`,
      `Bearer ${identity.userToken({ iss: "x" })}`,
    ]) {
      await expect(service.place({}, { authorization })).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  test("another user's order is not found, as one that does not exist", async () => {
    const { order } = await service.place({});
    const orderId = order?.id ?? "";
    const options = { timeoutMs: 5000, authorization: bob() };
    const messages = await Promise.all(
      [
        service.orders.getOrder({ orderId }, options),
        service.orders.getSaga({ orderId }, options),
        service.orders.getOrder({ orderId: randomUUID() }, options),
      ].map((answer) => answer.catch((err: AppError) => [err.code, err.message.replace(/[0-9a-f-]{36}/, "ID")])),
    );
    expect(messages).toEqual(Array(3).fill(["NOT_FOUND", "There is no order ID."]));
  });
});

describe("asked again", () => {
  test("answers as the first did under the same key, in the field or in the metadata", async () => {
    const key = randomUUID();
    const first = await service.place({ idempotencyKey: key });
    for (const again of [service.place({ idempotencyKey: key }), service.place({}, { idempotencyKey: key })]) {
      expect(await again).toEqual({ ...first, replayed: true });
    }
  });

  test("keeps the keys of two users apart", async () => {
    const key = randomUUID();
    const [one, two] = await Promise.all([
      service.place({ idempotencyKey: key }),
      service.place({ idempotencyKey: key }, { authorization: bob() }),
    ]);
    expect(one.order?.id).not.toBe(two.order?.id);
  });

  test("refuses a key with another body, and an order id that is taken", async () => {
    const idempotencyKey = randomUUID();
    const orderId = `${randomUUID().slice(0, -1)}a`;
    await service.place({ idempotencyKey, orderId });

    await expect(service.place({ idempotencyKey, items: [{ productId: PRODUCT, quantity: 2 }] })).rejects.toMatchObject(
      { code: "IDEMPOTENCY_KEY_REUSED" },
    );
    await expect(service.place({ orderId, paymentMethod: "pm_declined" })).rejects.toMatchObject({
      code: "ORDER_EXISTS",
    });
    await expect(service.place({ orderId }, { authorization: bob() })).rejects.toMatchObject({ code: "ORDER_EXISTS" });
  });

  test("answers a repetition without an address though the profiles are away", async () => {
    let addressOf: Profiles["addressOf"] = async () => ADDRESS;
    const profiles: Profiles = { addressOf: (...asked) => addressOf(...asked) };
    const lonely = await fixture.start(willingParticipants(), {}, { profiles });
    const keyed = { shippingAddress: undefined, idempotencyKey: randomUUID() };
    const named = { shippingAddress: undefined, orderId: randomUUID() };
    const firsts = [await lonely.place(keyed), await lonely.place(named)];

    addressOf = () => Promise.reject(new AppError("UNAVAILABLE", "the profiles are away"));
    expect([await lonely.place(keyed), await lonely.place(named)]).toEqual(
      firsts.map((first) => ({ ...first, replayed: true })),
    );
    await expect(lonely.place({ shippingAddress: undefined })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await lonely.stop();
  });

  test("the key counts before the order id where each is that of another order", async () => {
    const [idempotencyKey, orderId] = [randomUUID(), randomUUID()];
    await service.place({ idempotencyKey });
    await service.place({ orderId });

    for (const shippingAddress of [ADDRESS, undefined]) {
      await expect(service.place({ idempotencyKey, orderId, shippingAddress })).rejects.toMatchObject({
        code: "IDEMPOTENCY_KEY_REUSED",
      });
    }
  });

  test("makes one order of 20 concurrent requests with one key", async () => {
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.place({ idempotencyKey })));

    expect(new Set(answers.map(({ order }) => order?.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(answers.every(({ sagaStatus }) => sagaStatus === SagaStatus.SAGA_STATUS_COMPLETED)).toBe(true);
  });
});
