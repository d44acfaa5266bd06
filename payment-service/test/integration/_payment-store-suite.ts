import { randomUUID } from "node:crypto";
import type { Charge } from "../../src/domain/payment.ts";
import type { PaymentStore } from "../../src/domain/payment-store.ts";

const charge: Charge = {
  userId: "01900000-0000-7000-8000-00000000a11c",
  amount: { minorUnits: 1299, currency: "USD" },
  method: "pm_ok",
};

/** What every store must do; `open` gives the one under test. */
export function describePaymentStore(name: string, open: () => PaymentStore): void {
  describe(name, () => {
    test("gives nothing and the time for a payment that it has never heard of", async () => {
      const { payment, now } = await open().read(randomUUID());

      expect(payment).toBeUndefined();
      expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(60_000);
    });

    test("keeps the first state that is inserted, and only the first", async () => {
      const orderId = randomUUID();
      const inserted = await Promise.all([
        open().insert({ status: "PENDING", orderId, charge }),
        open().insert({ status: "CANCELLED", orderId }),
        open().insert({ status: "PENDING", orderId, charge }),
      ]);

      const [first, ...others] = inserted.filter((payment) => payment !== undefined);
      expect(others).toEqual([]);
      expect((await open().read(orderId)).payment).toEqual(first);
    });

    test("begins a charge under lease number 1, by its own clock", async () => {
      const orderId = randomUUID();
      const payment = await open().insert({ status: "PENDING", orderId, charge });

      expect(payment).toMatchObject({ orderId, status: "PENDING", charge, attempt: 1 });
      const { now } = await open().read(orderId);
      const leasedAt = payment?.status === "PENDING" ? payment.leasedAt : undefined;
      expect(leasedAt).toEqual(payment?.updatedAt);
      expect(now.getTime()).toBeGreaterThanOrEqual(Number(leasedAt));
    });

    test("keeps a tombstone without a charge", async () => {
      const orderId = randomUUID();
      const payment = await open().insert({ status: "CANCELLED", orderId });

      expect(payment).toMatchObject({ status: "CANCELLED", history: [{ status: "CANCELLED" }] });
      expect(payment).not.toHaveProperty("charge");
      expect(payment).not.toHaveProperty("attempt");
    });

    test("keeps where a payment came from, whatever it goes through, and nothing where that is the shop itself", async () => {
      const [theirs, tombstone, ours] = [randomUUID(), randomUUID(), randomUUID()];
      await open().insert({ status: "PENDING", orderId: theirs, origin: "load-test", charge });
      await open().takeLease(theirs, 1);
      await open().endLease(theirs, 2);
      await open().move(theirs, "PENDING", { status: "COMPLETED", reference: "c" });
      await open().move(theirs, "COMPLETED", { status: "REFUNDING" });
      const last = await open().move(theirs, "REFUNDING", { status: "REFUNDED", refundReference: "r" });
      expect(last).toMatchObject({ status: "REFUNDED", origin: "load-test" });
      await open().insert({ status: "CANCELLED", orderId: tombstone, origin: "load-test" });
      await open().insert({ status: "CANCELLED", orderId: ours });

      const [read, readTombstone, readOurs] = await Promise.all([theirs, tombstone, ours].map((id) => open().read(id)));
      expect(read?.payment).toEqual(last);
      expect(readTombstone?.payment).toMatchObject({ status: "CANCELLED", origin: "load-test" });
      expect(readOurs?.payment).not.toHaveProperty("origin");
    });

    test("keeps the payment of whoever was first under an order's id, and writes nothing of another's over it", async () => {
      const orderId = randomUUID();
      const first = await open().insert({ status: "PENDING", orderId, origin: "load-test", charge });

      expect(await open().insert({ status: "PENDING", orderId, charge })).toBeUndefined();
      expect(await open().insert({ status: "CANCELLED", orderId })).toBeUndefined();
      expect((await open().read(orderId)).payment).toEqual(first);
      expect(first).toHaveProperty("origin", "load-test");
    });

    test("gives the lease that follows to one of those who ask", async () => {
      const orderId = randomUUID();
      await open().insert({ status: "PENDING", orderId, charge });
      const taken = await Promise.all([1, 2, 3].map(() => open().takeLease(orderId, 1)));

      expect(taken.filter((payment) => payment !== undefined)).toMatchObject([{ attempt: 2 }]);
    });

    test("ends the lease that is named, and no other", async () => {
      const orderId = randomUUID();
      await open().insert({ status: "PENDING", orderId, charge });
      const taken = await open().takeLease(orderId, 1);
      await open().endLease(orderId, 1);
      expect((await open().read(orderId)).payment).toHaveProperty("leasedAt");
      await open().endLease(orderId, 2);

      const { payment } = await open().read(orderId);
      expect(payment).not.toHaveProperty("leasedAt");
      expect(payment?.updatedAt.getTime()).toBeGreaterThanOrEqual(Number(taken?.leasedAt));
      expect(await open().takeLease(orderId, 2)).toMatchObject({ attempt: 3, leasedAt: expect.any(Date) });
    });

    test("gives no lease of a payment that has moved on", async () => {
      const orderId = randomUUID();
      await open().insert({ status: "PENDING", orderId, charge });
      await open().move(orderId, "PENDING", { status: "CANCELLING" });

      expect(await open().takeLease(orderId, 1)).toBeUndefined();
      await open().endLease(orderId, 1);
      expect((await open().read(orderId)).payment?.status).toBe("CANCELLING");
    });

    test("moves a payment from the status it is in, once", async () => {
      const orderId = randomUUID();
      await open().insert({ status: "PENDING", orderId, charge });
      const moved = await Promise.all([
        open().move(orderId, "PENDING", { status: "COMPLETED", reference: "a" }),
        open().move(orderId, "PENDING", { status: "CANCELLING" }),
        open().move(orderId, "COMPLETED", { status: "REFUNDED", refundReference: "never" }),
      ]);

      expect(moved.filter((payment) => payment !== undefined).length).toBeGreaterThanOrEqual(1);
      expect(moved[0] === undefined).toBe(moved[1] !== undefined);
    });

    test("writes down every state with its time, and what became known", async () => {
      const orderId = randomUUID();
      await open().insert({ status: "PENDING", orderId, charge });
      await open().move(orderId, "PENDING", { status: "COMPLETED", reference: "c" });
      await open().move(orderId, "COMPLETED", { status: "REFUNDING" });
      const last = await open().move(orderId, "REFUNDING", { status: "REFUNDED", refundReference: "r" });
      const { payment } = await open().read(orderId);

      expect(payment).toEqual(last);
      expect(payment).toMatchObject({ status: "REFUNDED", charge, reference: "c", refundReference: "r" });
      expect(payment).not.toHaveProperty("leasedAt");
      const history = payment?.history ?? [];
      expect(history.map(({ status }) => status)).toEqual(["PENDING", "COMPLETED", "REFUNDING", "REFUNDED"]);
      expect(history[0]?.at).toEqual(payment?.createdAt);
      expect(history[3]?.at).toEqual(payment?.updatedAt);
      expect(history.map(({ at }) => at.getTime())).toEqual(
        history.map(({ at }) => at.getTime()).sort((a, b) => a - b),
      );
    });

    test("counts a payment as changed when it moves on, and not when its last lease was given back", async () => {
      const orderId = randomUUID();
      await open().insert({ status: "PENDING", orderId, charge });
      await open().endLease(orderId, 1);
      const moved = await open().move(orderId, "PENDING", { status: "CANCELLING" });

      expect(moved?.updatedAt).toEqual(moved?.history.at(-1)?.at);
    });

    test("tells and writes down no moment by the clock of the process", async () => {
      const orderId = randomUUID();
      jest.useFakeTimers({
        now: new Date("2000-01-01"),
        doNotFake: [
          "nextTick",
          "setImmediate",
          "setTimeout",
          "clearTimeout",
          "setInterval",
          "clearInterval",
          "queueMicrotask",
          "performance",
        ],
      });
      try {
        await open().insert({ status: "PENDING", orderId, charge });
        const moved = await open().move(orderId, "PENDING", { status: "CANCELLING" });
        const { now } = await open().read(orderId);
        for (const time of [now, moved?.createdAt, moved?.updatedAt]) expect(time?.getFullYear()).toBeGreaterThan(2020);
      } finally {
        jest.useRealTimers();
      }
    });

    test("keeps the reason of a decline", async () => {
      const orderId = randomUUID();
      const decline = { code: "PAYMENT_DECLINED", message: "no" } as const;
      await open().insert({ status: "PENDING", orderId, charge });
      await open().move(orderId, "PENDING", { status: "DECLINED", decline });

      expect((await open().read(orderId)).payment).toMatchObject({ status: "DECLINED", decline });
    });

    test("moves nothing that is not there", async () => {
      expect(await open().move(randomUUID(), "PENDING", { status: "CANCELLING" })).toBeUndefined();
    });

    test("is ready", async () => {
      await expect(open().check()).resolves.toBeUndefined();
    });
  });
}
