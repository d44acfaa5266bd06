import { randomUUID } from "node:crypto";
import type { MongoProxy, WireFault } from "@shop/testkit/mongo-proxy";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { askProcess, askRefund, charge, deskOf, outcomeOf, refundUntilAnswered } from "./_desk.ts";
import { createScriptedProvider } from "./_scripted-provider.ts";

/**
 * Limits of time for a machine that is busy: only an answer that never comes is waited for to the end. After a lost
 * connection the driver takes half a second to find its server again.
 */
export const testLimits = { connectMs: 10_000, operationMs: 2000, networkMs: 2500 };

const majorityNotHeardOf = { code: 64, codeName: "WriteConcernFailed", errmsg: "waiting for replication timed out" };

/** Each way in which a write can end without an answer, and whether it has happened then. */
export const faults: [string, WireFault, boolean][] = [
  ["whose connection is lost on the way", { kind: "cut", where: "before" }, false],
  ["whose answer is lost", { kind: "cut", where: "after" }, true],
  ["that is never answered", { kind: "silence", where: "before" }, false],
  ["whose answer never comes", { kind: "silence", where: "after" }, true],
  ["that no majority was heard to have", { kind: "add", answer: { writeConcernError: majorityNotHeardOf } }, true],
  ["that a server refuses that is no primary any more", refusal(10107, "NotWritablePrimary"), false],
  ["that a server ends that is shutting down", refusal(91, "ShutdownInProgress"), false],
  ["that takes the server too long", refusal(50, "MaxTimeMSExpired"), false],
];

/** What must be so after a write whose outcome nobody knows: no provider's call, and no money lost when it is asked again. */
export function describeLostWrites(
  names: readonly string[],
  open: () => { store: PaymentStore; proxy: MongoProxy },
): void {
  describe.each(faults.filter(([name]) => names.includes(name)))("after a write %s", (_, fault, hasHappened) => {
    let store: PaymentStore;
    let proxy: MongoProxy;

    beforeAll(() => {
      ({ store, proxy } = open());
    });

    async function statusOf(orderId: string): Promise<string | undefined> {
      return (await store.read(orderId)).payment?.status;
    }

    test("does not call the provider for a charge, and gives all of it back when asked", async () => {
      const orderId = randomUUID();
      const provider = createScriptedProvider();
      proxy.disturb("findAndModify", fault);

      expect(await outcomeOf(askProcess(orderId, deskOf(store, provider)))).toBe("UNAVAILABLE");
      expect(provider.calls).toEqual([]);
      expect(await statusOf(orderId)).toBe(hasHappened ? "PENDING" : undefined);
      expect(await refundUntilAnswered(orderId, deskOf(store, provider))).toMatchObject({ kind: "undone" });
      expect(provider.balance()).toBe(0);
    });

    test("does not call the provider for a refund, and refunds when asked again", async () => {
      const orderId = randomUUID();
      const provider = createScriptedProvider();
      const desk = deskOf(store, provider);
      await askProcess(orderId, desk);
      proxy.disturb("findAndModify", fault);

      expect(await outcomeOf(askRefund(orderId, desk))).toBe("UNAVAILABLE");
      expect(provider.calls).toEqual(["charge"]);
      expect(await statusOf(orderId)).toBe(hasHappened ? "REFUNDING" : "COMPLETED");
      expect(await askRefund(orderId, desk)).toEqual({ kind: "undone", status: "REFUNDED" });
      expect(provider.movements.map(({ kind }) => kind)).toEqual(["charge", "refund"]);
    });

    test("charges once when the write was that of the charge's outcome, and gives the same answer afterwards", async () => {
      const orderId = randomUUID();
      const provider = createScriptedProvider();
      const hold = provider.hold("charge", "after");
      const charging = outcomeOf(askProcess(orderId, deskOf(store, provider)));
      await hold.reached;
      proxy.disturb("findAndModify", fault);
      hold.letGo();

      expect(await charging).toBe("UNAVAILABLE");
      expect(await statusOf(orderId)).toBe(hasHappened ? "COMPLETED" : "PENDING");
      expect(await outcomeOf(askProcess(orderId, deskOf(store, provider, true)))).toBe("charged");
      expect(provider.movements).toHaveLength(1);
    });

    test("leaves the lease to one when the write was that of the lease", async () => {
      const orderId = randomUUID();
      const provider = createScriptedProvider();
      await store.insert({ status: "PENDING", orderId, charge });
      await store.endLease(orderId, 1);
      proxy.disturb("findAndModify", fault, 1); // the first finds the document there

      expect(await outcomeOf(askProcess(orderId, deskOf(store, provider)))).toBe("UNAVAILABLE");
      expect(provider.calls).toEqual([]);
      expect(await outcomeOf(askProcess(orderId, deskOf(store, provider)))).toBe(hasHappened ? "under-way" : "charged");
    });
  });
}

/** A server's refusal. */
export function refusal(code: number, codeName: string): WireFault {
  return { kind: "refuse", answer: { ok: 0, code, codeName, errmsg: codeName } };
}
