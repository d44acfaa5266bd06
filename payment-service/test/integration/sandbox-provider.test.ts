import { randomUUID } from "node:crypto";
import { createSandboxProvider } from "../../src/clients/sandbox-provider.ts";
import type { SandboxLedger } from "../../src/domain/sandbox-ledger.ts";
import { describeInEachStorage } from "./_storages.ts";

const rules = { limitMinorUnits: 100_000 };

function orderEndingIn(digit: string, method = "pm_ok", minorUnits = 1299) {
  return { key: `${randomUUID().slice(0, -1)}${digit}`, amount: { minorUnits, currency: "USD" }, method };
}

function refundOf({ key, amount }: ReturnType<typeof orderEndingIn>) {
  return { key: `${key}:refund`, chargeKey: key, amount };
}

describeInEachStorage((storage) => {
  let ledger: SandboxLedger;

  beforeAll(() => {
    ledger = storage().ledger;
  });

  test("moves money once for each key, however often and from wherever it is asked", async () => {
    const order = orderEndingIn("5");
    const charges = await Promise.all(
      Array.from({ length: 10 }, () => createSandboxProvider(ledger, rules).charge(order)),
    );
    const refunds = await Promise.all(
      Array.from({ length: 10 }, () => createSandboxProvider(ledger, rules).refund(refundOf(order))),
    );

    expect(new Set(charges.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(new Set(refunds.map(({ reference }) => reference)).size).toBe(1);
  });

  test("moves nothing for a call that has been given up", async () => {
    const order = orderEndingIn("5");
    const provider = createSandboxProvider(ledger, rules);
    await expect(provider.charge(order, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(await provider.lookup(order.key)).toEqual({ kind: "unknown" });

    await provider.charge(order);
    await expect(provider.refund(refundOf(order), AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(await ledger.find(refundOf(order).key)).toBeUndefined();
  });

  test("stands by a decline when the rules are turned off", async () => {
    const order = orderEndingIn("1");
    const declined = await createSandboxProvider(ledger, rules).charge(order);

    expect(declined.kind).toBe("declined");
    expect(await createSandboxProvider(ledger, undefined).charge(order)).toEqual(declined);
    expect(await createSandboxProvider(ledger, undefined).lookup(order.key)).toEqual(declined);
  });

  test("fails twice for an order that ends in 2, two at once included", async () => {
    const order = orderEndingIn("2");
    const provider = createSandboxProvider(ledger, rules);
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => provider.charge(order)));

    expect(asked.filter(({ status }) => status === "rejected")).toHaveLength(2);
  });

  test("loses the reply of pm_timeout every time, and knows what became of it", async () => {
    const order = orderEndingIn("5", "pm_timeout");
    const provider = createSandboxProvider(ledger, rules);
    expect(await provider.lookup(order.key)).toEqual({ kind: "unknown" });
    for (const _ of [1, 2]) await expect(provider.charge(order)).rejects.toMatchObject({ code: "UNAVAILABLE" });

    expect(await provider.lookup(order.key)).toMatchObject({ kind: "charged" });
  });

  test("gives nothing back that it has not taken", async () => {
    const provider = createSandboxProvider(ledger, rules);
    const declined = orderEndingIn("1");
    await provider.charge(declined);
    const charged = orderEndingIn("5");
    await provider.charge(charged);

    for (const order of [orderEndingIn("5"), declined, { ...charged, amount: { ...charged.amount, minorUnits: 1 } }]) {
      await expect(provider.refund(refundOf(order))).rejects.toThrow("no charge");
    }
  });

  test("can be audited, currency by currency", async () => {
    const provider = createSandboxProvider(ledger, undefined);
    const orders = [100, 250].map((minorUnits) => ({
      ...orderEndingIn("5"),
      amount: { minorUnits, currency: "CHF" },
    }));
    for (const order of orders) await provider.charge(order);
    if (orders[0]) await provider.refund(refundOf(orders[0]));

    expect(await ledger.audit()).toContainEqual({
      currency: "CHF",
      charges: 2,
      chargedMinorUnits: 350,
      refunds: 1,
      refundedMinorUnits: 100,
    });
  });
});
