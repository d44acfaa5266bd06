import { createProviderBreaker, type Guard, type GuardState } from "@shop/platform/resilience";
import type { PaymentProvider } from "../domain/payment-provider.ts";

/** A provider behind breakers, which hold timers until they are closed. */
export interface GuardedProvider extends PaymentProvider {
  close(): void;
}

/** The breakers' names, as the metric `circuit_breaker_state` has them. */
export type BreakerTarget = "provider_charge" | "provider_refund" | "provider_lookup";

export interface GuardedProviderOptions {
  provider: PaymentProvider;
  /** The longest one call may take, in milliseconds; default 1,000. */
  timeoutMs?: number;
  /** Told each change of a breaker's state, and the first state of each. */
  onState(target: BreakerTarget, state: GuardState): void;
}

/**
 * Puts a limit of time and a breaker before each of a provider's operations. Each has a breaker of its own: where
 * charges fail because their replies are lost, a look-up must still be able to find out that they landed. A call that took
 * too long has its signal aborted.
 */
export function createGuardedProvider({
  provider,
  timeoutMs = 1000,
  onState,
}: GuardedProviderOptions): GuardedProvider {
  const guardOf = (target: BreakerTarget): Guard =>
    createProviderBreaker({
      target,
      timeoutMs,
      // One order whose replies are always lost is asked again every few seconds: that alone must not open it. Nor must
      // orders that fail twice before they succeed: a provider that is out of order fails them all.
      volumeThreshold: 20,
      errorThresholdPercentage: 75,
      resetTimeoutMs: 2000,
      onState: (state) => onState(target, state),
    });
  const charge = guardOf("provider_charge");
  const refund = guardOf("provider_refund");
  const lookup = guardOf("provider_lookup");
  return {
    methods: provider.methods,
    charge: (order) => charge.run((signal) => provider.charge(order, signal)),
    refund: (order) => refund.run((signal) => provider.refund(order, signal)),
    lookup: (key) => lookup.run((signal) => provider.lookup(key, signal)),
    close() {
      for (const guard of [charge, refund, lookup]) guard.close();
    },
  };
}
