import { AppError } from "@shop/platform/errors";
import type { PaymentProvider } from "../../src/domain/payment-provider.ts";
import type { Hold, Operation } from "./_scripted-provider.ts";

/** Where a call is disturbed: before it arrives at the provider, or when its answer is on the way back. */
export type Where = "before" | "after";

export interface DisturbedProvider extends PaymentProvider {
  /** Loses the next call of `operation`, or its answer. */
  lose(operation: Operation, where: Where): void;
  /** Holds the next call of `operation`, or its answer, until it is let go. */
  hold(operation: Operation, where: Where): Hold;
}

/** A provider whose calls can be disturbed one by one; what arrives is carried out by the real one. */
export function createDisturbedProvider(real: PaymentProvider): DisturbedProvider {
  let disturbances: { operation: Operation; where: Where; happen(): Promise<void> }[] = [];

  function disturb(operation: Operation, where: Where, happen: () => Promise<void>): void {
    disturbances.push({ operation, where, happen });
  }

  async function carryOut<T>(operation: Operation, call: () => Promise<T>): Promise<T> {
    const met = disturbances.find((one) => one.operation === operation);
    disturbances = disturbances.filter((one) => one !== met);
    if (met?.where === "before") await met.happen();
    const answer = await call();
    if (met?.where === "after") await met.happen();
    return answer;
  }

  return {
    methods: real.methods,
    charge: (order) => carryOut("charge", () => real.charge(order)),
    refund: (order) => carryOut("refund", () => real.refund(order)),
    lookup: (key) => carryOut("lookup", () => real.lookup(key)),
    lose: (operation, where) =>
      disturb(operation, where, () => Promise.reject(new AppError("UNAVAILABLE", "It was lost on the way."))),
    hold(operation, where) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      disturb(operation, where, () => {
        reached.resolve();
        return released.promise;
      });
      return { reached: reached.promise, letGo: released.resolve };
    },
  };
}
