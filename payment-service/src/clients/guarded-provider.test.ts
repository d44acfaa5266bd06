import { AppError } from "@shop/platform/errors";
import type { PaymentProvider } from "../domain/payment-provider.ts";
import { createGuardedProvider, type GuardedProvider } from "./guarded-provider.ts";

const order = { key: "k", amount: { minorUnits: 1299, currency: "USD" }, method: "pm_ok" };
const refund = { key: "r", chargeKey: "k", amount: order.amount };
const lost = () => Promise.reject(new AppError("UNAVAILABLE", "The reply was lost."));
let guarded: GuardedProvider | undefined;
let states: string[] = [];

afterEach(() => {
  guarded?.close();
  jest.useRealTimers();
});

function guard(provider: Partial<PaymentProvider>, timeoutMs?: number): GuardedProvider {
  states = [];
  const never = () => Promise.reject(new Error("not asked for"));
  guarded = createGuardedProvider({
    provider: { methods: ["pm_ok"], charge: never, refund: never, lookup: never, ...provider },
    timeoutMs,
    onState: (target, state) => states.push(`${target} ${state}`),
  });
  return guarded;
}

async function codesOf(call: () => Promise<unknown>, times: number): Promise<string[]> {
  const codes: string[] = [];
  for (let index = 0; index < times; index++) {
    await call().catch((err: AppError) => codes.push(err.reason ?? err.code));
  }
  return codes;
}

test("holds charges back after twenty without an outcome, and lets look-ups and refunds through", async () => {
  const provider = guard({
    charge: lost,
    refund: () => Promise.resolve({ reference: "r" }),
    lookup: () => Promise.resolve({ kind: "charged", reference: "c" }),
  });

  const codes = await codesOf(() => provider.charge(order), 21);

  expect(codes.at(-2)).toBe("UNAVAILABLE");
  expect(codes.at(-1)).toBe("CIRCUIT_OPEN");
  expect(states).toEqual([
    "provider_charge closed",
    "provider_refund closed",
    "provider_lookup closed",
    "provider_charge open",
  ]);
  expect(await provider.lookup("k")).toEqual({ kind: "charged", reference: "c" });
  expect(await provider.refund(refund)).toEqual({ reference: "r" });
});

test("lets a charge through again two seconds later, to see", async () => {
  jest.useFakeTimers();
  const charge = jest.fn<ReturnType<PaymentProvider["charge"]>, []>(lost);
  const provider = guard({ charge });
  await codesOf(() => provider.charge(order), 21);
  expect(charge).toHaveBeenCalledTimes(20);
  charge.mockResolvedValue({ kind: "charged", reference: "c" });

  await jest.advanceTimersByTimeAsync(2000);
  expect(await provider.charge(order)).toEqual({ kind: "charged", reference: "c" });
});

test("waits for a second and no longer where nothing else is said: a lease is ten times as long", async () => {
  jest.useFakeTimers();
  const asked = codesOf(() => guard({ charge: () => new Promise<never>(() => undefined) }).charge(order), 1);
  await jest.advanceTimersByTimeAsync(1000);

  expect(await asked).toEqual(["DEADLINE_EXCEEDED"]);
});

test("goes on where every call succeeds at the third attempt", async () => {
  let calls = 0;
  const provider = guard({
    charge: () =>
      ++calls % 3 === 0
        ? Promise.resolve({ kind: "charged", reference: "c" })
        : Promise.reject(new AppError("UNAVAILABLE", "out of order for a moment")),
  });

  expect(new Set(await codesOf(() => provider.charge(order), 90))).toEqual(new Set(["UNAVAILABLE"]));
  expect(calls).toBe(90);
});

test("does not count declines", async () => {
  const provider = guard({ charge: () => Promise.resolve({ kind: "declined", message: "no" }) });

  expect(await codesOf(() => provider.charge(order), 30)).toEqual([]);
  expect(await provider.charge(order)).toEqual({ kind: "declined", message: "no" });
});

const calls = [
  ["charge", (provider: PaymentProvider) => provider.charge(order)],
  ["refund", (provider: PaymentProvider) => provider.refund(refund)],
  ["lookup", (provider: PaymentProvider) => provider.lookup("k")],
] as const;

test.each(calls)("gives up a %s that takes too long, and tells the provider by its signal", async (operation, call) => {
  const signals: (AbortSignal | undefined)[] = [];
  const endless = (_: unknown, signal?: AbortSignal) => {
    signals.push(signal);
    return new Promise<never>(() => undefined);
  };

  await expect(call(guard({ [operation]: endless }, 5))).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(signals).toMatchObject([{ aborted: true }]);
});
