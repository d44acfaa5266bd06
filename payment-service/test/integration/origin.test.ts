import { randomUUID } from "node:crypto";
import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { PaymentServiceService, PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import { goodRequest, type RunningService, runPaymentService } from "./_running-service.ts";
import { describeInEachPlace, type TestPlace } from "./_storages.ts";

describeInEachPlace((createPlace) => {
  let place: TestPlace;
  let service: RunningService;
  /** Sends the calls of one moment as one batch. */
  let batching: RpcClient<typeof PaymentServiceService>;

  beforeAll(async () => {
    place = await createPlace();
    service = await runPaymentService({ place });
    const address = `127.0.0.1:${service.context.ports.grpc}`;
    batching = createRpcClient(PaymentServiceService, { address, isBatching: true });
  });

  afterAll(async () => {
    batching.close();
    await service.close();
    await place.drop();
  });

  /** What goes with a call of the service client of that id. */
  function as(clientId: string) {
    const authorization = `Bearer ${service.identity.serviceToken({ scopes: ["payments"], clientId })}`;
    return { timeoutMs: 10_000, authorization };
  }

  async function originOf(orderId: string): Promise<string | undefined> {
    return (await service.context.store.read(orderId)).payment?.origin;
  }

  const refused = { code: "PERMISSION_DENIED" };
  const taken = { code: "VALIDATION_FAILED", violations: [expect.objectContaining({ field: "order_id" })] };

  test("a load test's payment carries its origin, is refunded by the load test, and its tombstone carries it too", async () => {
    const [request, tombstone] = [goodRequest(), randomUUID()];
    await service.client.processPayment(request, as("load-test"));
    expect(await originOf(request.orderId)).toBe("load-test");
    const again = await service.client.processPayment(request, as("load-test"));
    expect(again.outcome?.$case).toBe("payment");
    expect((await service.client.getPayment(request, as("load-test"))).payment?.orderId).toBe(request.orderId);

    const { status } = await service.client.refundPayment(request, as("load-test"));
    expect(status).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
    await service.client.refundPayment({ orderId: tombstone }, as("load-test"));
    expect(await Promise.all([request.orderId, tombstone].map(originOf))).toEqual(["load-test", "load-test"]);
  });

  test("the load test touches no payment of an order: not charged again, not refunded, not shown, alone or in a batch", async () => {
    const requests = Array.from({ length: 8 }, () => goodRequest());
    await Promise.all(requests.map((request) => service.client.processPayment(request, as("order-service"))));
    const token = as("load-test");
    for (const client of [batching, service.client]) {
      const charges = requests.map((request) => client.processPayment(request, token));
      const others = requests.flatMap((request) => [
        client.refundPayment(request, token),
        client.getPayment(request, token),
      ]);
      const [told, toldOthers] = await Promise.all([Promise.allSettled(charges), Promise.allSettled(others)]);
      for (const call of told) expect(call).toMatchObject({ status: "rejected", reason: taken });
      for (const call of toldOthers) expect(call).toMatchObject({ status: "rejected", reason: refused });
    }
    for (const { orderId } of requests) {
      expect((await service.context.store.read(orderId)).payment).toMatchObject({ status: "COMPLETED" });
      expect(await service.context.ledger.find(`${orderId}:refund`)).toBeUndefined();
      expect(await originOf(orderId)).toBeUndefined();
    }
  });

  test("the shop touches no payment of the load test, whichever of them was there first", async () => {
    const [theirs, tombstone, ours] = [goodRequest(), goodRequest(), goodRequest()];
    await service.client.processPayment(theirs, as("load-test"));
    await service.client.refundPayment(tombstone, as("load-test"));
    await service.client.refundPayment(ours, as("order-service"));

    const before = await service.context.store.read(theirs.orderId);
    await expect(service.client.processPayment(theirs, as("order-service"))).rejects.toMatchObject(taken);
    const { status } = await service.client.refundPayment(theirs, as("order-service"));
    expect(status).toBe(PaymentStatus.PAYMENT_STATUS_CANCELLED);
    await expect(service.client.processPayment(theirs, as("order-service"))).rejects.toMatchObject(taken);
    expect((await service.context.store.read(theirs.orderId)).payment).toEqual(before.payment);
    expect(await service.context.ledger.find(`${theirs.orderId}:refund`)).toBeUndefined();

    await expect(service.client.processPayment(tombstone, as("order-service"))).rejects.toMatchObject(taken);
    await expect(service.client.processPayment(ours, as("load-test"))).rejects.toMatchObject(taken);
    expect(await service.context.ledger.find(tombstone.orderId)).toBeUndefined();
  });

  test("to the shop a payment of the load test looks like a tombstone, and goes on as if nobody had asked", async () => {
    const theirs = goodRequest();
    await service.client.processPayment(theirs, as("load-test"));
    await service.client.refundPayment(theirs, as("order-service"));

    const { payment } = await service.client.getPayment(theirs, as("order-service"));
    expect(payment).toMatchObject({ orderId: theirs.orderId, status: PaymentStatus.PAYMENT_STATUS_CANCELLED });
    expect([payment?.amount, payment?.providerReference]).toEqual([undefined, ""]);
    const { status } = await service.client.refundPayment(theirs, as("load-test"));
    expect(status).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
  });

  test("where the shop's refund and the load test's charge meet, one has the order's id, and both are answered", async () => {
    const requests = Array.from({ length: 20 }, () => goodRequest());
    const [refunds, charges] = await Promise.all([
      Promise.all(requests.map((request) => service.client.refundPayment(request, as("order-service")))),
      Promise.allSettled(requests.map((request) => service.client.processPayment(request, as("load-test")))),
    ]);

    expect(new Set(refunds.map(({ status }) => status))).toEqual(new Set([PaymentStatus.PAYMENT_STATUS_CANCELLED]));
    for (const [n, { orderId }] of requests.entries()) {
      const isTheirs = (await originOf(orderId)) === "load-test";
      expect(charges[n]).toMatchObject(isTheirs ? { status: "fulfilled" } : { status: "rejected", reason: taken });
      expect((await service.context.ledger.find(orderId))?.kind).toBe(isTheirs ? "charge" : undefined);
    }
  });

  test("of the two who ask for one payment at the same moment one has it, and the other is refused", async () => {
    const request = goodRequest();
    const clients = ["order-service", "load-test"];
    const answers = await Promise.allSettled(
      clients.map((clientId) => service.client.processPayment(request, as(clientId))),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const loser = answers.find((answer) => answer.status === "rejected");
    expect(loser).toMatchObject({ reason: taken });
  });

  test("the shop's refund goes on where its client has another name than when it charged", async () => {
    const request = goodRequest();
    await service.client.processPayment(request, as("order-service"));

    const { status } = await service.client.refundPayment(request, as("order-service-2"));
    expect(status).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
  });
});
