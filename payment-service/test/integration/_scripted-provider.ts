import { AppError } from "@shop/platform/errors";
import type { ChargeOutcome, PaymentProvider } from "../../src/domain/payment-provider.ts";

/** How a provider's call goes: well, failing before anything happens, or after it has happened. */
export type Fault = "none" | "before" | "after";

export type Operation = "charge" | "refund" | "lookup";

/** What moved at the provider; only the first call under a key moves anything. */
export interface Movement {
  kind: "charge" | "refund";
  key: string;
  minorUnits: number;
}

export interface ScriptedProvider extends PaymentProvider {
  readonly movements: Movement[];
  /** Every call that arrived, in order. */
  readonly calls: Operation[];
  /** Money taken less money given back. */
  balance(): number;
  /** Holds the next call of `operation` where the fault would strike, until it is let go. */
  hold(operation: Operation, where: Exclude<Fault, "none">): Hold;
}

export interface Hold {
  /** Resolves when the call has come to the place. */
  reached: Promise<void>;
  letGo(): void;
}

export interface Script {
  /** Faults of the calls to come, in order; afterwards all goes well. */
  faults?: Fault[];
  declines?: boolean;
}

/** A provider that keeps books in memory, is idempotent by key, and fails as the script says. */
export function createScriptedProvider({ faults = [], declines = false }: Script = {}): ScriptedProvider {
  const outcomes = new Map<string, ChargeOutcome>();
  const refunds = new Set<string>();
  const movements: Movement[] = [];
  const calls: Operation[] = [];
  const holds: { operation: Operation; where: Fault; wait: () => Promise<void> }[] = [];
  const script = [...faults];

  async function pass(operation: Operation, where: Fault): Promise<void> {
    const index = holds.findIndex((hold) => hold.operation === operation && hold.where === where);
    if (index >= 0) await holds.splice(index, 1)[0]?.wait();
  }

  async function perform<T>(operation: Operation, work: () => T): Promise<T> {
    const fault = script.shift() ?? "none";
    calls.push(operation);
    await pass(operation, "before");
    if (fault === "before") throw lost();
    const result = work();
    await pass(operation, "after");
    if (fault === "after") throw lost();
    return result;
  }

  return {
    methods: ["pm_ok"],
    movements,
    calls,
    charge: ({ key, amount }) =>
      perform("charge", () => {
        const known = outcomes.get(key);
        if (known !== undefined) return known;
        const outcome: ChargeOutcome = declines
          ? { kind: "declined", message: "no" }
          : { kind: "charged", reference: `charge of ${key}` };
        outcomes.set(key, outcome);
        if (!declines) movements.push({ kind: "charge", key, minorUnits: amount.minorUnits });
        return outcome;
      }),
    refund: ({ key, chargeKey, amount }) =>
      perform("refund", () => {
        if (outcomes.get(chargeKey)?.kind !== "charged") throw new Error("There is nothing to give back.");
        if (!refunds.has(key)) movements.push({ kind: "refund", key, minorUnits: amount.minorUnits });
        refunds.add(key);
        return { reference: `refund of ${chargeKey}` };
      }),
    lookup: (key) => perform("lookup", () => outcomes.get(key) ?? { kind: "unknown" as const }),
    balance: () => movements.reduce((sum, { kind, minorUnits }) => sum + (kind === "charge" ? 1 : -1) * minorUnits, 0),
    hold(operation, where) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const wait = () => {
        reached.resolve();
        return released.promise;
      };
      holds.push({ operation, where, wait });
      return { reached: reached.promise, letGo: released.resolve };
    },
  };
}

function lost(): AppError {
  return new AppError("UNAVAILABLE", "The provider is out of order, as the script says.");
}
