import type { Money } from "@shop/platform/money";
import type { Address, OrderLine, PricedLine } from "../domain/order.ts";

/** How long a call may take and what ends it early. */
export interface CallLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A business refusal: an answer of the participant, not an error. */
export interface Refusal {
  readonly refused: { readonly code: string; readonly message: string };
}

/** What the checkout asks of the inventory. Every method throws an AppError where the outcome is not an answer. */
export interface InventoryPort {
  /** Tells whether the lines can be had; holds nothing. */
  check(orderId: string, lines: readonly OrderLine[], limits: CallLimits): Promise<Refusal | undefined>;
  /** Holds all lines or none and freezes their prices. */
  reserve(
    orderId: string,
    lines: readonly OrderLine[],
    limits: CallLimits,
  ): Promise<Refusal | { readonly lines: readonly PricedLine[]; readonly totalAmount: Money }>;
  /** Sells what is held. */
  commit(orderId: string, limits: CallLimits): Promise<void>;
  /** Gives back what is held. Refused with reason COMMITTED after a commit. */
  release(orderId: string, limits: CallLimits): Promise<void>;
}

/** What the checkout asks of the payments. Every method throws an AppError where the outcome is not an answer. */
export interface PaymentPort {
  /** Charges the amount. */
  process(
    payment: {
      readonly orderId: string;
      readonly userId: string;
      readonly amount: Money;
      readonly paymentMethod: string;
    },
    limits: CallLimits,
  ): Promise<Refusal | { readonly reference: string }>;
  /** Gives the money back. Never refuses. */
  refund(orderId: string, limits: CallLimits): Promise<void>;
}

/** What the checkout asks of the shipping. Every method throws an AppError where the outcome is not an answer. */
export interface ShippingPort {
  /** Schedules the shipment. */
  schedule(
    shipment: {
      readonly orderId: string;
      readonly userId: string;
      readonly address: Address;
      readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
    },
    limits: CallLimits,
  ): Promise<Refusal | { readonly trackingNumber: string }>;
  /** Cancels the shipment. Never refuses. */
  cancel(orderId: string, limits: CallLimits): Promise<void>;
}

/** The participants of a checkout. */
export interface Participants {
  readonly inventory: InventoryPort;
  readonly payments: PaymentPort;
  readonly shipping: ShippingPort;
}
