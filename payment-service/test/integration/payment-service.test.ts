import { randomUUID } from "node:crypto";
import { PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import { goodRequest, orderIdEndingIn, type RunningService, runPaymentService } from "./_running-service.ts";
import { describeInEachPlace, type TestPlace } from "./_storages.ts";

describeInEachPlace((createPlace) => {
  let place: TestPlace;
  let service: RunningService;

  beforeAll(async () => {
    place = await createPlace();
    service = await runPaymentService({ place });
  });

  afterAll(async () => {
    await service.close();
    await place.drop();
  });

  /** Asks for a refund until it is answered, as a saga does. */
  async function refund(orderId: string): Promise<PaymentStatus> {
    return (await service.client.refundPayment({ orderId }, service.asService())).status;
  }

  test("has every metric with 0 before the first request", async () => {
    for (const name of ["attempts", "accepted", "failed", "transient_failures"]) {
      expect(await service.metric(`payment_${name}_total`)).toBe(0);
    }
    const page = await (await fetch(`http://127.0.0.1:${service.context.ports.ops}/metrics`)).text();
    for (const target of ["provider_charge", "provider_refund", "provider_lookup"]) {
      expect(page).toMatch(new RegExp(`^circuit_breaker_state\\{target="${target}".*\\} 0$`, "m"));
    }
  });

  test("charges, says so again when asked again, and shows the payment", async () => {
    const request = goodRequest();
    const first = await service.client.processPayment(request, service.asService());
    const again = await service.client.processPayment(request, service.asService());
    const { payment } = await service.client.getPayment({ orderId: request.orderId }, service.asService());

    expect(first.outcome).toMatchObject({
      $case: "payment",
      value: {
        orderId: request.orderId,
        status: PaymentStatus.PAYMENT_STATUS_COMPLETED,
        amount: { currencyCode: "USD", units: 12n, nanos: 990_000_000 },
        providerReference: expect.stringMatching(/^sandbox_charge_/),
      },
    });
    expect(again).toEqual(first);
    expect(payment).toEqual(first.outcome?.value);
    expect(Math.abs(Number(payment?.createdAt) - Date.now())).toBeLessThan(60_000);
  });

  test("refunds a charge, says so again, and refuses a charge that comes late", async () => {
    const request = goodRequest();
    await service.client.processPayment(request, service.asService());

    expect(await refund(request.orderId)).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
    expect(await refund(request.orderId)).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
    await expect(service.client.processPayment(request, service.asService())).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "UNDONE",
    });
  });

  test("refuses a charge whose refund came before it", async () => {
    const request = goodRequest();

    expect(await refund(request.orderId)).toBe(PaymentStatus.PAYMENT_STATUS_CANCELLED);
    await expect(service.client.processPayment(request, service.asService())).rejects.toMatchObject({
      reason: "UNDONE",
    });
    const { payment } = await service.client.getPayment({ orderId: request.orderId }, service.asService());
    expect(payment?.amount).toBeUndefined();
  });

  test.each([
    ["an order that ends in 1", { orderId: orderIdEndingIn("1") }],
    ["an amount at the limit", { amount: { currencyCode: "USD", units: 1000n, nanos: 0 } }],
    ["pm_declined", { paymentMethod: "pm_declined" }],
  ])("declines %s, twice with one answer, and has nothing to give back", async (_, changes) => {
    const request = goodRequest(changes);
    const first = await service.client.processPayment(request, service.asService());

    expect(first.outcome).toMatchObject({ $case: "decline", value: { code: "PAYMENT_DECLINED" } });
    expect(await service.client.processPayment(request, service.asService())).toEqual(first);
    expect(await refund(request.orderId)).toBe(PaymentStatus.PAYMENT_STATUS_DECLINED);
  });

  test("charges just below the limit", async () => {
    const request = goodRequest({ amount: { currencyCode: "USD", units: 999n, nanos: 990_000_000 } });

    expect((await service.client.processPayment(request, service.asService())).outcome?.$case).toBe("payment");
  });

  test("charges an order that ends in 2 at the third attempt", async () => {
    const request = goodRequest({ orderId: orderIdEndingIn("2") });
    const before = await service.metric("payment_transient_failures_total");

    for (const _ of [1, 2]) {
      await expect(service.client.processPayment(request, service.asService())).rejects.toMatchObject({
        code: "UNAVAILABLE",
        reason: "PROVIDER_FAILED",
      });
    }
    expect((await service.client.processPayment(request, service.asService())).outcome?.$case).toBe("payment");
    expect(await service.metric("payment_transient_failures_total")).toBe(before + 2);
  });

  test("gives a pm_timeout back, whose charge lands and whose reply is lost every time", async () => {
    const request = goodRequest({ paymentMethod: "pm_timeout" });
    for (const _ of [1, 2]) {
      await expect(service.client.processPayment(request, service.asService())).rejects.toMatchObject({
        code: "UNAVAILABLE",
      });
    }

    expect(await refund(request.orderId)).toBe(PaymentStatus.PAYMENT_STATUS_CANCELLED);
    const { ledger } = service.context;
    expect(await ledger.find(request.orderId)).toMatchObject({ kind: "charge", amount: { minorUnits: 1299 } });
    expect(await ledger.find(`${request.orderId}:refund`)).toMatchObject({
      kind: "refund",
      chargeKey: request.orderId,
    });
  });

  test("knows one payment for an id in large and in small letters", async () => {
    const request = goodRequest();
    await service.client.processPayment(request, service.asService());

    expect(await refund(request.orderId.toUpperCase())).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
  });

  test("takes one of twenty that ask at once, and gives the others the same answer or bids them ask again", async () => {
    const request = goodRequest();
    const before = await service.metric("payment_accepted_total");
    const asked = await Promise.allSettled(
      Array.from({ length: 20 }, () => service.client.processPayment(request, service.asService())),
    );

    for (const result of asked) {
      if (result.status === "fulfilled") expect(result.value.outcome?.$case).toBe("payment");
      else expect(result.reason).toMatchObject({ code: "ABORTED" });
    }
    expect(asked.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(await service.metric("payment_accepted_total")).toBe(before + 1);
  });

  test("knows nothing of a payment that nobody asked for", async () => {
    await expect(service.client.getPayment({ orderId: randomUUID() }, service.asService())).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("is ready with its store and its keys", async () => {
    const response = await fetch(`http://127.0.0.1:${service.context.ports.ops}/health/ready`);

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "ok",
      checks: { store: { status: "ok" }, identity: { status: "ok" } },
    });
  });

  test("is not ready while its store does not answer", async () => {
    const check = () => Promise.reject(new Error("The payment store did not answer."));
    const broken = await runPaymentService({ place, overrides: { store: { ...service.context.store, check } } });
    try {
      const response = await fetch(`http://127.0.0.1:${broken.context.ports.ops}/health/ready`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ checks: { store: { status: "failed" } } });
    } finally {
      await broken.close();
    }
  });

  test("goes on after a restart with the payments and the books of before", async () => {
    const request = goodRequest({ orderId: orderIdEndingIn("2") });
    await expect(service.client.processPayment(request, service.asService())).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    const second = await runPaymentService({ place });
    try {
      await expect(second.client.processPayment(request, second.asService())).rejects.toMatchObject({
        code: "UNAVAILABLE",
      });
      expect((await second.client.processPayment(request, second.asService())).outcome?.$case).toBe("payment");
    } finally {
      await second.close();
    }
    expect(await refund(request.orderId)).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
  });

  test("with the rules off takes every amount and every order", async () => {
    const plain = await runPaymentService({ place, env: { SANDBOX_RULES: "off" } });
    try {
      const amount = { currencyCode: "USD", units: 123_456n, nanos: 0 };
      for (const digit of ["0", "1", "2"]) {
        const request = goodRequest({ orderId: orderIdEndingIn(digit), amount });
        expect((await plain.client.processPayment(request, plain.asService())).outcome?.$case).toBe("payment");
      }
      await expect(
        plain.client.processPayment(goodRequest({ paymentMethod: "pm_timeout" }), plain.asService()),
      ).rejects.toMatchObject({ violations: [{ field: "payment_method", message: "must be one of pm_ok" }] });
    } finally {
      await plain.close();
    }
  });
});
