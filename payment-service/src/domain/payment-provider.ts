import type { Money } from "@shop/platform/money";

/**
 * Whoever moves the money. Every call is idempotent by its key: the same key again does nothing more and answers as
 * before. A call that rejects has an unknown outcome: it may or may not have been carried out; only one held back by a
 * breaker, with the reason CIRCUIT_OPEN, was certainly not sent. An aborted signal says that nobody waits for the call any
 * more, so that it may be given up: its outcome is as unknown as that of one that rejects.
 */
export interface PaymentProvider {
  /** The names of the payment methods it takes. */
  readonly methods: readonly string[];
  charge(order: ChargeOrder, signal?: AbortSignal): Promise<ChargeOutcome>;
  refund(order: RefundOrder, signal?: AbortSignal): Promise<RefundOutcome>;
  /** The outcome of the charge sent under `key`; "unknown" where none has arrived, which one may still do. */
  lookup(key: string, signal?: AbortSignal): Promise<ChargeOutcome | { readonly kind: "unknown" }>;
}

export interface ChargeOrder {
  readonly key: string;
  readonly amount: Money;
  readonly method: string;
}

export interface RefundOrder {
  readonly key: string;
  /** The key of the charge that is given back, whole. */
  readonly chargeKey: string;
  readonly amount: Money;
}

export type ChargeOutcome =
  | { readonly kind: "charged"; readonly reference: string }
  | { readonly kind: "declined"; readonly message: string };

export interface RefundOutcome {
  readonly reference: string;
}

/** The key under which the provider knows an order's charge. */
export function chargeKeyOf(orderId: string): string {
  return orderId;
}

/** The key under which the provider knows an order's refund. */
export function refundKeyOf(orderId: string): string {
  return `${orderId}:refund`;
}
