import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import type {
  ChargeOrder,
  ChargeOutcome,
  PaymentProvider,
  RefundOrder,
  RefundOutcome,
} from "../domain/payment-provider.ts";
import type { LedgerEntry, SandboxLedger } from "../domain/sandbox-ledger.ts";
import { failsAtFirst, judge, methodsUnder, type SandboxRules, transientFailures } from "../domain/sandbox-rules.ts";

/**
 * A payment provider that moves no money. It keeps books as a real one does, apart from the payments, and is idempotent
 * by key because an entry is written only where none stands. `rules` make every outcome callable; without them
 * everything is charged.
 */
export function createSandboxProvider(ledger: SandboxLedger, rules: SandboxRules | undefined): PaymentProvider {
  return {
    methods: methodsUnder(rules),
    charge: (order, signal) => charge(order, ledger, rules, signal),
    refund: (order, signal) => refund(order, ledger, signal),
    async lookup(key) {
      const entry = await ledger.find(key);
      return entry === undefined ? { kind: "unknown" } : outcomeOf(entry);
    },
  };
}

async function charge(
  order: ChargeOrder,
  ledger: SandboxLedger,
  rules: SandboxRules | undefined,
  signal: AbortSignal | undefined,
): Promise<ChargeOutcome> {
  const { key, amount } = order;
  const failures = failsAtFirst(key, rules) ? await ledger.countFailure(key, transientFailures) : 0;
  // The last place where giving up leaves nothing behind.
  signal?.throwIfAborted();
  const entry = { key, chargeKey: key, amount, reference: `sandbox_charge_${randomUUID()}` };
  const verdict = judge(order, rules, failures);
  switch (verdict.kind) {
    case "charge":
      return outcomeOf(await ledger.record({ ...entry, kind: "charge" }));
    case "decline":
      return outcomeOf(await ledger.record({ ...entry, kind: "decline", message: verdict.message }));
    case "charge-and-lose-the-reply":
      await ledger.record({ ...entry, kind: "charge" });
      throw new AppError("UNAVAILABLE", "The sandbox's reply was lost.");
    case "fail":
      throw new AppError("UNAVAILABLE", "The sandbox is out of order for a moment.");
    default:
      return verdict satisfies never;
  }
}

async function refund(
  { key, chargeKey, amount }: RefundOrder,
  ledger: SandboxLedger,
  signal: AbortSignal | undefined,
): Promise<RefundOutcome> {
  const charged = await ledger.find(chargeKey);
  if (charged?.kind !== "charge" || charged.amount.minorUnits !== amount.minorUnits) {
    throw new Error(`The sandbox has no charge ${chargeKey} of this amount to give back.`);
  }
  signal?.throwIfAborted();
  const reference = `sandbox_refund_${randomUUID()}`;
  return ledger.record({ key, kind: "refund", chargeKey, amount, reference });
}

function outcomeOf({ kind, reference, message = "The payment was declined." }: LedgerEntry): ChargeOutcome {
  return kind === "charge" ? { kind: "charged", reference } : { kind: "declined", message };
}
