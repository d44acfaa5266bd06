import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import fc from "fast-check";
import type { PaymentDesk } from "../../src/api/carry-out.ts";
import type { ProcessAnswer, RefundAnswer } from "../../src/domain/decide.ts";
import type { PaymentProvider } from "../../src/domain/payment-provider.ts";
import type { PaymentStore } from "../../src/domain/payment-store.ts";
import { askProcess, askRefund, deskOf, outcomeOf, refundUntilAnswered } from "./_desk.ts";
import { createScriptedProvider, type Fault, type ScriptedProvider } from "./_scripted-provider.ts";
import { describeInEachStorage } from "./_storages.ts";
import { createTurns, type Turns } from "./_turns.ts";

const requests = ["process", "process", "process", "refund", "refund"] as const;
type Request = (typeof requests)[number];

const anyRequest = fc.constantFrom<Request>("process", "refund");
const anyFault = fc.constantFrom<Fault>("none", "before", "after");
const anyScript = fc.record({
  faults: fc.array(anyFault, { maxLength: 10 }),
  storeFaults: fc.array(anyFault, { maxLength: 12 }),
  declines: fc.boolean(),
  leaseIsOver: fc.boolean(),
});

/** Asks for charges and refunds in every order, with `runs` random scripts of faults for each property. */
export function describeEveryOrder(runs: number): void {
  describeInEachStorage((storage) => describeOrders(() => storage().payments, runs));
}

function describeOrders(store: () => PaymentStore, numRuns: number): void {
  test.each(everyOrderOf(requests))(
    "answers each of %s %s %s %s %s as the one before it left the payment",
    async (...order) => {
      const orderId = randomUUID();
      const provider = createScriptedProvider();
      const desk = deskOf(store(), provider);
      const outcomes: string[] = [];
      for (const request of order) outcomes.push(await outcomeOf(ask(request, orderId, desk)));

      const firstRefund = order.indexOf("refund");
      expect(outcomes).toEqual(order.map((_, index) => (index < firstRefund ? "charged" : "undone")));
      const status = firstRefund === 0 ? "CANCELLED" : "REFUNDED";
      expect(await askRefund(orderId, desk)).toEqual({ kind: "undone", status });
      expect(provider.movements.map(({ kind }) => kind)).toEqual(firstRefund === 0 ? [] : ["charge", "refund"]);
    },
  );

  test("takes nothing in the end, whatever is asked one after another and whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { maxLength: 7 }), anyScript, async (order, script) => {
        const orderId = randomUUID();
        const provider = createScriptedProvider(script);
        const desk = deskOf(faultyStore(store(), script.storeFaults), provider, script.leaseIsOver);
        for (const request of order) await outcomeOf(ask(request, orderId, desk));

        await refundUntilAnswered(orderId, desk);
        await expectNothingTaken(orderId, provider, store());
      }),
      { numRuns },
    );
  });

  test("takes nothing in the end, whatever is asked at once, however it interleaves, and whatever fails", async () => {
    const anyConcurrent = fc.array(fc.constantFrom("process", "refund", "refund loop"), { minLength: 2, maxLength: 4 });
    const anyTurns = fc.array(fc.record({ request: fc.nat(3), calls: fc.integer({ min: 1, max: 12 }) }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(anyConcurrent, anyTurns, anyScript, async (asked, order, script) => {
        const orderId = randomUUID();
        const provider = createScriptedProvider(script);
        const faulty = faultyStore(store(), script.storeFaults);
        const turns = createTurns(order, asked.length);
        const outcomes = asked.map(async (request, index) => {
          const desk = deskOf(byTurns(faulty, turns, index), byTurns(provider, turns, index), script.leaseIsOver);
          try {
            return await outcomeOf(ask(request, orderId, desk));
          } finally {
            turns.leave(index);
          }
        });
        const isUndone = (await Promise.all(outcomes)).some(
          (outcome, index) => asked[index] !== "process" && outcome === "undone",
        );

        if (isUndone) await expectNothingTaken(orderId, provider, store());
        await refundUntilAnswered(orderId, deskOf(store(), provider));
        await expectNothingTaken(orderId, provider, store());
      }),
      { numRuns },
    );
  });
}

async function expectNothingTaken(orderId: string, provider: ScriptedProvider, store: PaymentStore): Promise<void> {
  const movements = structuredClone(provider.movements);
  const { payment } = await store.read(orderId);
  expect(provider.balance()).toBe(0);
  expect(movements.filter(({ kind }) => kind === "charge").length).toBeLessThanOrEqual(1);
  expect(payment?.status).toMatch(/^(DECLINED|CANCELLED|REFUNDED)$/);

  const late = await outcomeOf(askProcess(orderId, deskOf(store, provider, true)));
  expect(late).toBe(payment?.status === "DECLINED" ? "declined" : "undone");
  expect(provider.movements).toEqual(movements);
}

function ask(request: string, orderId: string, desk: PaymentDesk): Promise<ProcessAnswer | RefundAnswer> {
  if (request === "process") return askProcess(orderId, desk);
  return request === "refund" ? askRefund(orderId, desk) : refundUntilAnswered(orderId, desk);
}

/** The different orders of some requests. */
function everyOrderOf<T extends string>(of: readonly T[]): T[][] {
  if (of.length === 0) return [[]];
  return [...new Set(of)].flatMap((first) => {
    const rest = of.toSpliced(of.indexOf(first), 1);
    return everyOrderOf(rest).map((order) => [first, ...order]);
  });
}

/** The store, with calls that fail before or after they were carried out. */
function faultyStore(real: PaymentStore, faults: readonly Fault[]): PaymentStore {
  const script = [...faults];
  return wrapped(real, (call) => async () => {
    const fault = script.shift() ?? "none";
    if (fault === "before") throw lost();
    const result = await call();
    if (fault === "after") throw lost();
    return result;
  });
}

/** Store or provider as one request sees it: it waits for its turn before each call, and before it hears the answer. */
function byTurns<T extends PaymentStore | PaymentProvider>(real: T, turns: Turns, request: number): T {
  return wrapped(real, (call) => async () => {
    await turns.take(request);
    const settled = await Promise.allSettled([call()]);
    await turns.take(request);
    if (settled[0].status === "rejected") throw settled[0].reason;
    return settled[0].value;
  });
}

function wrapped<T extends object>(real: T, wrap: (call: () => Promise<unknown>) => () => Promise<unknown>): T {
  const entries = Object.entries(real).map(([name, member]) => {
    if (typeof member !== "function") return [name, member];
    return [name, (...args: unknown[]) => wrap(() => member(...args))()];
  });
  return Object.fromEntries(entries);
}

function lost(): AppError {
  return new AppError("UNAVAILABLE", "The store is out of order, as the script says.");
}
