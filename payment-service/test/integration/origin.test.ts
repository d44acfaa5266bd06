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
    const asked = requests.flatMap((request) =>
      [batching, service.client].flatMap((client) => [
        client.processPayment(request, token),
        client.refundPayment(request, token),
        client.getPayment(request, token),
      ]),
    );
    for (const call of await Promise.allSettled(asked)) {
      expect(call).toMatchObject({ status: "rejected", reason: refused });
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

    await expect(service.client.processPayment(theirs, as("order-service"))).rejects.toMatchObject(refused);
    await expect(service.client.refundPayment(theirs, as("order-service"))).rejects.toMatchObject(refused);
    await expect(service.client.processPayment(tombstone, as("order-service"))).rejects.toMatchObject(refused);
    await expect(service.client.processPayment(ours, as("load-test"))).rejects.toMatchObject(refused);
    expect(await service.context.ledger.find(tombstone.orderId)).toBeUndefined();
  });

  test("of the two who ask for one payment at the same moment one has it, and the other is refused", async () => {
    const request = goodRequest();
    const clients = ["order-service", "load-test"];
    const answers = await Promise.allSettled(
      clients.map((clientId) => service.client.processPayment(request, as(clientId))),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const loser = answers.find((answer) => answer.status === "rejected");
    expect(loser).toMatchObject({ reason: refused });
  });

  test("the shop's refund goes on where its client has another name than when it charged", async () => {
    const request = goodRequest();
    await service.client.processPayment(request, as("order-service"));

    const { status } = await service.client.refundPayment(request, as("order-service-2"));
    expect(status).toBe(PaymentStatus.PAYMENT_STATUS_REFUNDED);
  });
});
