import { AppError } from "@shop/platform/errors";
import { PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import { createSandboxProvider } from "../../src/clients/sandbox-provider.ts";
import type { Storage } from "../../src/store/storage.ts";
import { createDisturbedProvider, type DisturbedProvider } from "./_disturbed-provider.ts";
import { goodRequest, orderIdEndingIn, type RunningService, runPaymentService } from "./_running-service.ts";
import { describeInEachPlace, type TestPlace } from "./_storages.ts";

const { PAYMENT_STATUS_CANCELLED, PAYMENT_STATUS_DECLINED, PAYMENT_STATUS_REFUNDED } = PaymentStatus;

/** Two processes of the service on one storage; to the second one every lease is over. */
describeInEachPlace((createPlace) => {
  let place: TestPlace;
  let storage: Storage;
  let provider: DisturbedProvider;
  let one: RunningService;
  let other: RunningService;
  let orders = 0;

  beforeAll(async () => {
    place = await createPlace();
    storage = place.open();
    await storage.start();
    provider = createDisturbedProvider(createSandboxProvider(storage.ledger, { limitMinorUnits: 100_000 }));
    const overrides = { provider, providerTimeoutMs: 15_000 };
    one = await runPaymentService({ place, overrides });
    other = await runPaymentService({ place, overrides: { ...overrides, leaseMs: 0 } });
  });

  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await storage.close();
    await place.drop();
  });

  /** An order in a currency that no other test's has, so that the books can be closed for it alone. */
  function newOrder(changes: { lastDigit?: string; paymentMethod?: string } = {}) {
    const { lastDigit = "5", ...rest } = changes;
    const letters = [orders / 26, orders++ % 26].map((index) => String.fromCharCode(65 + Math.floor(index))).join("");
    const amount = { currencyCode: `X${letters}`, units: 12n, nanos: 990_000_000 };
    return goodRequest({ orderId: orderIdEndingIn(lastDigit), amount, ...rest });
  }

  type Order = ReturnType<typeof newOrder>;

  /** The provider's reference, "DECLINED", or the error's reason or code. */
  async function process(service: RunningService, order: Order): Promise<string | undefined> {
    try {
      const { outcome } = await service.client.processPayment(order, service.asService());
      return outcome?.$case === "payment" ? outcome.value.providerReference : "DECLINED";
    } catch (err) {
      return reasonOf(err);
    }
  }

  async function refund(service: RunningService, { orderId }: Order): Promise<PaymentStatus | string> {
    try {
      return (await service.client.refundPayment({ orderId }, service.asService())).status;
    } catch (err) {
      return reasonOf(err);
    }
  }

  function reasonOf(err: unknown): string {
    if (err instanceof AppError) return err.reason ?? err.code;
    throw err;
  }

  async function statusOf({ orderId }: Order): Promise<string | undefined> {
    return (await storage.payments.read(orderId)).payment?.status;
  }

  async function expectBooks({ amount }: Order, charges: number, refunds: number): Promise<void> {
    const books = (await storage.ledger.audit()).find(({ currency }) => currency === amount?.currencyCode);
    const { chargedMinorUnits, refundedMinorUnits, ...counts } = books ?? { charges: 0, refunds: 0 };
    expect(counts).toMatchObject({ charges, refunds });
    expect([chargedMinorUnits ?? 0, refundedMinorUnits ?? 0]).toEqual([charges * 1299, refunds * 1299]);
  }

  test("two charges at once are one charge", async () => {
    const order = newOrder();
    const hold = provider.hold("charge", "after");
    const charging = process(one, order);
    await hold.reached;
    expect(await process(one, order)).toBe("ABORTED");
    hold.letGo();

    const reference = await charging;
    expect(reference).toMatch(/^sandbox_charge_/);
    expect(await process(other, order)).toBe(reference);
    await expectBooks(order, 1, 0);
  });

  test.each(["before", "after"] as const)(
    "a charge whose lease is over %s it lands is sent again by another process under its key, and both give one answer",
    async (where) => {
      const order = newOrder();
      const hold = provider.hold("charge", where);
      const charging = process(one, order);
      await hold.reached;
      const reference = await process(other, order);
      hold.letGo();

      expect(reference).toMatch(/^sandbox_charge_/);
      expect(await charging).toBe(reference);
      await expectBooks(order, 1, 0);
    },
  );

  test.each(["before", "after"] as const)(
    "a refund wins over a charge that is held %s it lands, twice at once included",
    async (where) => {
      const order = newOrder();
      const hold = provider.hold("charge", where);
      const charging = process(one, order);
      await hold.reached;
      const refunds = await Promise.all([refund(one, order), refund(other, order)]);
      hold.letGo();

      expect(refunds).toEqual([PAYMENT_STATUS_CANCELLED, PAYMENT_STATUS_CANCELLED]);
      expect(await charging).toBe("UNDONE");
      await expectBooks(order, 1, 1);
    },
  );

  test("a refund while the charge is under way has nothing to give back where the charge is declined", async () => {
    const order = newOrder({ lastDigit: "1" });
    const hold = provider.hold("charge", "before");
    const charging = process(one, order);
    await hold.reached;

    expect(await refund(other, order)).toBe(PAYMENT_STATUS_CANCELLED);
    hold.letGo();
    expect(await charging).toBe("UNDONE");
    await expectBooks(order, 0, 0);
  });

  test("a refund goes on until it knows what became of a charge that was lost on the way", async () => {
    const order = newOrder();
    provider.lose("charge", "before");
    expect(await process(one, order)).toBe("PROVIDER_FAILED");

    // Sent again it is lost again, and the look-up finds nothing: that does not say that nothing will come.
    provider.lose("charge", "before");
    expect(await refund(one, order)).toBe("PROVIDER_FAILED");
    expect(await statusOf(order)).toBe("CANCELLING");
    expect(await process(other, order)).toBe("UNDONE");
    await expectBooks(order, 0, 0);

    expect(await refund(other, order)).toBe(PAYMENT_STATUS_CANCELLED);
    await expectBooks(order, 1, 1);
    expect(await refund(one, order)).toBe(PAYMENT_STATUS_CANCELLED);
    await expectBooks(order, 1, 1);
  });

  test("a charge whose reply is lost every time is found by its look-up, and given back once", async () => {
    const order = newOrder({ paymentMethod: "pm_timeout" });
    expect([await process(one, order), await process(other, order)]).toEqual(["PROVIDER_FAILED", "PROVIDER_FAILED"]);
    await expectBooks(order, 1, 0);

    provider.lose("refund", "after");
    expect(await refund(one, order)).toBe("PROVIDER_FAILED");
    expect(await statusOf(order)).toBe("CANCELLING");
    expect(await refund(other, order)).toBe(PAYMENT_STATUS_CANCELLED);
    await expectBooks(order, 1, 1);
  });

  test.each(["before", "after"] as const)(
    "a refund that is lost %s it is carried out is sent again under its key",
    async (where) => {
      const order = newOrder();
      await process(one, order);
      provider.lose("refund", where);
      expect(await refund(one, order)).toBe("PROVIDER_FAILED");
      expect(await statusOf(order)).toBe("REFUNDING");
      expect(await process(one, order)).toBe("UNDONE");

      expect(await refund(other, order)).toBe(PAYMENT_STATUS_REFUNDED);
      await expectBooks(order, 1, 1);
    },
  );

  test("two refunds at once give back once", async () => {
    const order = newOrder();
    await process(one, order);
    const hold = provider.hold("refund", "before");
    const refunding = refund(one, order);
    await hold.reached;
    expect(await refund(other, order)).toBe(PAYMENT_STATUS_REFUNDED);
    hold.letGo();

    expect(await refunding).toBe(PAYMENT_STATUS_REFUNDED);
    expect(await refund(one, order)).toBe(PAYMENT_STATUS_REFUNDED);
    await expectBooks(order, 1, 1);
  });

  test("a refund that comes first leaves a tombstone, which refuses the charge for good", async () => {
    const order = newOrder();
    expect(await Promise.all([refund(one, order), refund(other, order)])).toEqual([
      PAYMENT_STATUS_CANCELLED,
      PAYMENT_STATUS_CANCELLED,
    ]);

    expect([await process(one, order), await process(other, order)]).toEqual(["UNDONE", "UNDONE"]);
    await expectBooks(order, 0, 0);
  });

  test("a decline is the answer to every charge after it, and leaves nothing to give back", async () => {
    const order = newOrder({ lastDigit: "1" });
    expect([await process(one, order), await process(other, order)]).toEqual(["DECLINED", "DECLINED"]);
    expect(await refund(one, order)).toBe(PAYMENT_STATUS_DECLINED);
    await expectBooks(order, 0, 0);
  });

  test("a process that is stopped while a charge is under way ends the charge first, and stores its outcome", async () => {
    const stopped = await runPaymentService({ place, overrides: { provider, providerTimeoutMs: 15_000 } });
    const order = newOrder();
    const hold = provider.hold("charge", "after");
    const charging = process(stopped, order);
    await hold.reached;
    const closing = stopped.context.close();
    await expect(process(stopped, newOrder())).resolves.toBe("UNAVAILABLE");
    hold.letGo();

    expect(await charging).toMatch(/^sandbox_charge_/);
    await closing;
    stopped.client.close();
    await stopped.identity.close();
    expect(await statusOf(order)).toBe("COMPLETED");
    await expectBooks(order, 1, 0);
  });

  test("a hundred charges and refunds of twenty orders at once leave every order charged once at most and given back whole", async () => {
    const all = Array.from({ length: 20 }, () => newOrder());
    const services = [one, other];
    const settled = all.flatMap((order, index) => [
      ...[0, 1, 0].map((which) => process(services[which] ?? one, order)),
      ...(index % 2 === 0 ? [refund(one, order), refund(other, order)] : []),
    ]);
    await Promise.all(settled);

    for (const [index, order] of all.entries()) {
      if (index % 2 !== 0) {
        expect(await process(other, order)).toMatch(/^sandbox_charge_/);
        await expectBooks(order, 1, 0);
        continue;
      }
      await refund(one, order);
      expect(await process(other, order)).toBe("UNDONE");
      const { charges = 0, refunds = 0 } =
        (await storage.ledger.audit()).find(({ currency }) => currency === order.amount?.currencyCode) ?? {};
      expect(refunds).toBe(charges);
      expect(charges).toBeLessThanOrEqual(1);
    }
  });
});
