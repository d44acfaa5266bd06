import { type Money, toDecimal } from "@shop/platform/money";
import type { ChargeOrder } from "./payment-provider.ts";

/** What the sandbox does with a charge. */
export type Verdict =
  | { readonly kind: "charge" }
  | { readonly kind: "charge-and-lose-the-reply" }
  | { readonly kind: "decline"; readonly message: string }
  | { readonly kind: "fail" };

/** The rules by which a newcomer can call every outcome forth. `undefined` where they are off. */
export interface SandboxRules {
  /** The least amount that is declined, in hundredths of any currency's unit. */
  readonly limitMinorUnits: number;
}

/** How often a charge whose key ends in 2 fails before it succeeds. */
export const transientFailures = 2;

/** The payment methods that the sandbox takes. */
export function methodsUnder(rules: SandboxRules | undefined): readonly string[] {
  return rules === undefined ? ["pm_ok"] : ["pm_ok", "pm_declined", "pm_timeout"];
}

/** Claims that the rules make a charge fail at first, so that its failures must be counted. */
export function failsAtFirst(key: string, rules: SandboxRules | undefined): boolean {
  return rules !== undefined && key.endsWith("2");
}

/** Judges a charge. `failures` counts how often this one has failed before. */
export function judge(order: ChargeOrder, rules: SandboxRules | undefined, failures: number): Verdict {
  if (!methodsUnder(rules).includes(order.method)) return decline("The payment method is not known.");
  if (rules === undefined) return { kind: "charge" };
  if (failsAtFirst(order.key, rules) && failures < transientFailures) return { kind: "fail" };
  if (order.key.endsWith("1")) return decline("The payment was declined: the order id ends in 1.");
  if (order.method === "pm_declined") return decline("The payment was declined by the payment method.");
  if (order.amount.minorUnits >= rules.limitMinorUnits) return decline(limitMessage(order.amount, rules));
  return { kind: order.method === "pm_timeout" ? "charge-and-lose-the-reply" : "charge" };
}

function decline(message: string): Verdict {
  return { kind: "decline", message };
}

function limitMessage({ currency }: Money, { limitMinorUnits }: SandboxRules): string {
  const limit = toDecimal({ minorUnits: limitMinorUnits, currency });
  return `The payment was declined: amounts of ${limit} ${currency} or more are not taken.`;
}
