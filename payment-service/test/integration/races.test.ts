import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import type { PaymentDesk } from "../../src/api/carry-out.ts";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { askProcess, askRefund, charge, deskOf, outcomeOf } from "./_desk.ts";
import { createScriptedProvider } from "./_scripted-provider.ts";
import { describeInEachStorage } from "./_storages.ts";

describeInEachStorage((storage) => {
  let store: PaymentStore;

  beforeAll(() => {
    store = storage().payments;
  });

  async function statusOf(orderId: string): Promise<string | undefined> {
    return (await store.read(orderId)).payment?.status;
  }

  test.each(["before", "after"] as const)("wins as a refund over a charge that is held %s it lands", async (where) => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    const hold = provider.hold("charge", where);
    const charging = askProcess(orderId, deskOf(store, provider));
    await hold.reached;

    expect(await askRefund(orderId, deskOf(store, provider))).toEqual({ kind: "undone", status: "CANCELLED" });
    hold.letGo();

    expect(await charging).toEqual({ kind: "undone" });
    expect(provider.movements.map(({ kind }) => kind)).toEqual(["charge", "refund"]);
    expect((await store.read(orderId)).payment).toMatchObject({
      reference: `charge of ${orderId}`,
      refundReference: `refund of ${orderId}`,
    });
  });

  test("refunds a charge whose outcome is stored between the refund's reading and its writing", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    const hold = provider.hold("charge", "after");
    const charging = askProcess(orderId, deskOf(store, provider));
    await hold.reached;
    let overtaken = false;
    const slowStore: PaymentStore = {
      ...store,
      async move(...args) {
        if (!overtaken) {
          overtaken = true;
          hold.letGo();
          await charging;
        }
        return store.move(...args);
      },
    };

    expect(await askRefund(orderId, deskOf(slowStore, provider))).toEqual({ kind: "undone", status: "REFUNDED" });
    expect(await charging).toMatchObject({ kind: "charged" });
    expect(provider.balance()).toBe(0);
  });

  test("leaves a charge alone while its lease runs", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    const hold = provider.hold("charge", "before");
    const charging = askProcess(orderId, deskOf(store, provider));
    await hold.reached;

    expect(await askProcess(orderId, deskOf(store, provider))).toEqual({ kind: "under-way" });
    expect(provider.calls).toEqual(["charge"]);
    hold.letGo();
    expect(await charging).toMatchObject({ kind: "charged" });
  });

  test("sends a charge again when its lease is over, and both give the one answer", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    const hold = provider.hold("charge", "before");
    const charging = askProcess(orderId, deskOf(store, provider));
    await hold.reached;

    const second = await askProcess(orderId, deskOf(store, provider, true));
    hold.letGo();

    expect(second).toMatchObject({ kind: "charged" });
    expect(await charging).toEqual(second);
    expect(provider.calls).toEqual(["charge", "charge"]);
    expect(provider.movements).toHaveLength(1);
  });

  test("gives the lease to one of two who find it over", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    await store.insert({ status: "PENDING", orderId, charge });
    await store.endLease(orderId, 1);
    const hold = provider.hold("charge", "before");
    const asked = [askProcess(orderId, deskOf(store, provider)), askProcess(orderId, deskOf(store, provider))];
    await hold.reached;
    const loser = await Promise.race(asked);
    hold.letGo();

    expect(loser).toEqual({ kind: "under-way" });
    expect((await Promise.all(asked)).map(({ kind }) => kind).sort()).toEqual(["charged", "under-way"]);
    expect(provider.calls).toEqual(["charge"]);
  });

  test("does not send the charge where another takes the lease first", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    await store.insert({ status: "PENDING", orderId, charge });
    await store.endLease(orderId, 1);
    const late: PaymentStore = {
      ...store,
      async takeLease(...args) {
        await store.takeLease(...args);
        return store.takeLease(...args);
      },
    };

    expect(await askProcess(orderId, deskOf(late, provider))).toEqual({ kind: "under-way" });
    expect(provider.calls).toEqual([]);
  });

  test("gives its lease back when the provider fails, so that the next request need not wait", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider({ faults: ["before"] });
    const desk = deskOf(store, provider);

    expect(await outcomeOf(askProcess(orderId, desk))).toBe("UNAVAILABLE");
    expect(await statusOf(orderId)).toBe("PENDING");
    expect(await outcomeOf(askProcess(orderId, desk))).toBe("charged");
  });

  test("looks a charge up whose reply is lost every time, and gives it back", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider({ faults: ["after", "after"] });
    const desk = deskOf(store, provider);

    expect(await outcomeOf(askProcess(orderId, desk))).toBe("UNAVAILABLE");
    expect(await askRefund(orderId, desk)).toEqual({ kind: "undone", status: "CANCELLED" });
    expect(provider.calls).toEqual(["charge", "charge", "lookup", "refund"]);
    expect(provider.balance()).toBe(0);
  });

  test("goes on asking while the charge's outcome is not known", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider({ faults: ["before", "before", "none", "before", "before"] });
    const desk = deskOf(store, provider);
    expect(await outcomeOf(askProcess(orderId, desk))).toBe("UNAVAILABLE");

    // The charge fails and the look-up finds nothing, then both fail; neither says that nothing will come.
    for (const _ of [1, 2]) {
      expect(await outcomeOf(askRefund(orderId, desk))).toBe("UNAVAILABLE");
      expect(await statusOf(orderId)).toBe("CANCELLING");
      expect(await outcomeOf(askProcess(orderId, desk))).toBe("undone");
    }
    expect(await askRefund(orderId, desk)).toEqual({ kind: "undone", status: "CANCELLED" });
    expect(provider.movements.map(({ kind }) => kind)).toEqual(["charge", "refund"]);
  });

  test("has nothing to give back where the charge turns out to be declined", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider({ faults: ["before"], declines: true });
    const desk = deskOf(store, provider);
    await outcomeOf(askProcess(orderId, desk));

    expect(await askRefund(orderId, desk)).toEqual({ kind: "undone", status: "CANCELLED" });
    expect(provider.calls).toEqual(["charge", "charge"]);
  });

  test("sends a refund again under its key until it is answered", async () => {
    const orderId = randomUUID();
    const provider = createScriptedProvider({ faults: ["none", "after", "before"] });
    const desk = deskOf(store, provider);
    await askProcess(orderId, desk);

    for (const _ of [1, 2]) {
      expect(await outcomeOf(askRefund(orderId, desk))).toBe("UNAVAILABLE");
      expect(await statusOf(orderId)).toBe("REFUNDING");
      expect(await outcomeOf(askProcess(orderId, desk))).toBe("undone");
    }
    expect(await askRefund(orderId, desk)).toEqual({ kind: "undone", status: "REFUNDED" });
    expect(provider.movements.map(({ key }) => key)).toEqual([orderId, `${orderId}:refund`]);
  });

  test.each([
    ["before", "UNAVAILABLE"],
    ["after", "UNAVAILABLE"],
    ["before", "INTERNAL"],
    ["after", "INTERNAL"],
  ] as const)("does not call the provider after a store that fails %s it wrote, as %s", async (where, code) => {
    const orderId = randomUUID();
    const provider = createScriptedProvider();
    const failing: PaymentStore = {
      ...store,
      async insert(first) {
        if (where === "after") await store.insert(first);
        throw new AppError(code, "The payment store failed.");
      },
    };

    expect(await outcomeOf(askProcess(orderId, deskOf(failing, provider)))).toBe(code);
    expect(provider.calls).toEqual([]);
    expect(await statusOf(orderId)).toBe(where === "after" ? "PENDING" : undefined);
  });

  test("says of a provider that fails a call that it was the provider, so that its caller goes on calling", async () => {
    const desk = deskOf(store, createScriptedProvider({ faults: ["before"] }));

    await expect(askProcess(randomUUID(), desk)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: "PROVIDER_FAILED",
    });
  });

  test("answers that nothing is known, and not that nothing was sent, where the breaker is open", async () => {
    const provider = createScriptedProvider();
    const open = { ...provider, charge: () => Promise.reject(circuitOpen()) };

    await expect(askProcess(randomUUID(), deskOf(store, open))).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: undefined,
    });
  });

  describe("the count", () => {
    let events: PaymentDesk["events"];
    let told: string[] = [];

    beforeEach(() => {
      told = [];
      events = { ...deskOf(store, createScriptedProvider()).events };
      events.chargeAttempted = () => told.push("attempted");
      events.providerFailed = () => told.push("failed");
      events.providerHeldBack = () => told.push("held back");
    });

    test("has every charge that is sent, those sent again while cancelling too", async () => {
      const orderId = randomUUID();
      const desk = { ...deskOf(store, createScriptedProvider({ faults: ["before", "after"] })), events };
      await outcomeOf(askProcess(orderId, desk));
      expect(told).toEqual(["attempted", "failed"]);

      expect(await outcomeOf(askRefund(orderId, desk))).toBe("undone");
      expect(told).toEqual(["attempted", "failed", "attempted", "failed"]);
    });

    test("has nothing that the open breaker held back", async () => {
      const orderId = randomUUID();
      const heldBack = () => Promise.reject(circuitOpen());
      const provider = { ...createScriptedProvider(), charge: heldBack, lookup: heldBack };
      const desk = { ...deskOf(store, provider), events };

      expect(await outcomeOf(askProcess(orderId, desk))).toBe("UNAVAILABLE");
      expect(await outcomeOf(askRefund(orderId, desk))).toBe("UNAVAILABLE");
      expect(told).toEqual(["held back", "held back", "held back"]);
    });
  });

  test("tells of a lease that could not be given back, and answers as without that", async () => {
    const endLease = jest.fn(() => Promise.reject(new AppError("INTERNAL", "The statement is wrong.")));
    const desk = deskOf({ ...store, endLease }, createScriptedProvider({ faults: ["before"] }));
    const leaseNotEnded = jest.fn();

    expect(await outcomeOf(askProcess(randomUUID(), { ...desk, events: { ...desk.events, leaseNotEnded } }))).toBe(
      "UNAVAILABLE",
    );
    expect(leaseNotEnded).toHaveBeenCalledWith(expect.any(String), expect.objectContaining({ code: "INTERNAL" }));
  });
});

function circuitOpen(): AppError {
  return new AppError("UNAVAILABLE", "held back", { reason: "CIRCUIT_OPEN" });
}
